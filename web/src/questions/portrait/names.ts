// Features of a portrait and their values in the operator's words.
import type { PortraitFeature } from '@/shared/api-types'
import { isMoney, propName, valueName } from '../builder/options'
import type { Say } from '../kind'
import { tagName } from './tags'

export function featureName(feature: string, words: Say['words']): string {
  const { t } = words
  const dot = feature.indexOf('.')
  if (dot < 0) return t(`questions.portrait.features.${feature}`)
  const [of, name] = [feature.slice(0, dot), feature.slice(dot + 1)]
  if (of === 'tag') return tagName(name)
  if (of === 'profile') return propName(feature, words)
  return t(`questions.portrait.features.${of}`, { name: propName(`event.${name}`, words) })
}

type Value = Pick<PortraitFeature['values'][number], 'value' | 'from' | 'to'>

/** `[10000,30000)` as the API names a bin: its bounds. */
function boundsOf(value: string): Pick<Value, 'from' | 'to'> | null {
  const below = /^<(-?[\d.]+)$/.exec(value)
  if (below) return { to: Number(below[1]) }
  const between = /^\[(-?[\d.]+),(?:(-?[\d.]+)\)|\+∞\))$/.exec(value)
  if (!between) return null
  const to = between[2] === undefined ? {} : { to: Number(between[2]) }
  return { from: Number(between[1]), ...to }
}

export function valueOf(feature: string, v: Value, { words, f }: Say): string {
  const { t, word } = words
  if (v.value === '$none') {
    return feature === 'spend' ? t('questions.portrait.neverPaid') : valueName(v.value, words)
  }
  if (feature === 'hour') return t('questions.portrait.hour', { h: v.value })
  if (feature === 'weekday') return t(`questions.portrait.weekday.d${v.value}`)
  if (feature === 'event') return word('event', v.value)
  const bounds = v.from !== undefined || v.to !== undefined ? v : boundsOf(v.value)
  if (bounds === null) return valueName(v.value, words)
  const money = feature === 'spend' || isMoney(feature)
  const say = (n: number) => (money ? f.money(n) : f.number(n, 2))
  if (bounds.from === undefined) return `< ${say(bounds.to!)}`
  return bounds.to === undefined
    ? `≥ ${say(bounds.from)}`
    : `${say(bounds.from)} – ${say(bounds.to)}`
}
