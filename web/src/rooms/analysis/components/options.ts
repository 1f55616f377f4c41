import type { Schema } from '@/shared/api-types'
import { isComparable } from '@/shared/condition'
import type { Words } from '@/shared/i18n'

/** Events by how often they happen, in the reader's words with the wire name beside. */
export function eventOptions(schema: Schema, { word }: Pick<Words, 'word'>) {
  return schema.events.map(({ name }) => {
    const known = word('event', name)
    return { value: name, label: known === name ? name : `${known} ${name}` }
  })
}

/** Properties of the given events and traits of the person, to break down by. */
export function breakdownOptions(schema: Schema, events: string[], words: Words) {
  const { t, word } = words
  const names = new Set<string>()
  for (const event of schema.events) {
    if (events.includes(event.name))
      event.properties.forEach((p) => isComparable(p.type) && names.add(p.name))
  }
  return [
    { value: '', label: t('analysis.noBreakdown') },
    ...[...names].map((name) => ({
      value: `event.${name}`,
      label: `${t('analysis.ofEvent')} · ${word('prop', name)}`,
    })),
    ...schema.traits
      .filter((trait) => trait.data_class === 'public')
      .map((trait) => ({
        value: `profile.${trait.name}`,
        label: `${t('analysis.ofPerson')} · ${word('prop', trait.name)}`,
      })),
  ]
}

/** `$none` and `$other` of SEMANTICS G11 and G15 in words. */
export function valueName(value: string, { t }: Pick<Words, 't'>): string {
  if (value === '$none') return t('analysis.none')
  if (value === '$other') return t('analysis.other')
  return value
}
