import type { Schema } from '@/shared/api-types'
import { isComparable, isNumeric } from '@/shared/condition'
import type { Words } from '@/shared/i18n'

type Say = Pick<Words, 't' | 'word' | 'traitName'>

export interface PropertyChoice {
  name: string
  type: string
  label: string
}

/** Properties of the given events (all events when none is given), then traits of the person. */
export function propertyChoices(schema: Schema, events: string[], words: Say): PropertyChoice[] {
  const { t, word } = words
  const named = events.filter((e) => e !== '' && e !== '$any_active')
  const types = new Map<string, string>()
  for (const event of schema.events) {
    if (named.length > 0 && !named.includes(event.name)) continue
    for (const p of event.properties) {
      if (isComparable(p.type) && !types.has(p.name)) types.set(p.name, p.type)
    }
  }
  const label = (of: string, name: string) => `${of} · ${word('prop', name)}`
  return [
    ...[...types].map(([name, type]) => ({
      name: `event.${name}`,
      type,
      label: label(t('questions.ofEvent'), name),
    })),
    ...traitChoices(schema, words),
  ]
}

export function traitChoices(schema: Schema, { t, traitName }: Say): PropertyChoice[] {
  return schema.traits
    .filter((trait) => trait.data_class === 'public' && isComparable(trait.type))
    .map((trait) => ({
      name: `profile.${trait.name}`,
      type: trait.type,
      label: `${t('questions.ofPerson')} · ${traitName(trait)}`,
    }))
}

/** Properties of the given events to break them down by, the present one always among them. */
export function eventPropertyChoices(
  schema: Schema,
  events: string[],
  words: Say,
  now: string,
): { value: string; label: string }[] {
  const all = propertyChoices(schema, events, words)
    .filter((p) => p.name.startsWith('event.'))
    .map((p) => ({ value: p.name, label: p.label }))
  return all.some((o) => o.value === now) ? all : [...all, { value: now, label: now }]
}

/** Numeric properties of one event, to sum or average. */
export function numericChoices(schema: Schema, event: string, { word }: Say): PropertyChoice[] {
  return (schema.events.find((e) => e.name === event)?.properties ?? [])
    .filter((p) => isNumeric(p.type))
    .map((p) => ({ name: p.name, type: p.type, label: word('prop', p.name) }))
}

/** `event.amount_fen` → 金额: the property in words, without the unit that is shown beside it. */
export function propName(prop: string, { word }: Pick<Words, 'word'>): string {
  const name = word('prop', prop.replace(/^(event|profile|session|group|guide)\./, ''))
  return name.replace(/\s*[((](?:分|fen)[))]$/, '')
}

export const isMoney = (prop: string) => prop.endsWith('_fen')

/** `$none` and `$other` of SEMANTICS G11 and G15 in words. */
export function valueName(value: unknown, { t }: Pick<Words, 't'>): string {
  if (value === '$none' || value === null || value === undefined) return t('questions.none')
  if (value === '$other') return t('questions.other')
  return String(value)
}

/** The first of `wanted` that exists, or the most frequent event. */
export function pickEvent(schema: Schema, wanted: string[]): string {
  const names = schema.events.map((e) => e.name)
  return wanted.find((w) => names.includes(w)) ?? names[0] ?? ''
}

/** 支付订单 order_paid; the wire name alone when there is no word for it. */
export function eventLabel(name: string, { word }: Pick<Words, 'word'>): string {
  const said = word('event', name)
  return said === name ? name : `${said} ${name}`
}
