// How a measured number is written: its unit, and its text.
import { isMoney } from './builder/options'
import type { Format, Headline } from './kind'
import type { Words } from '@/shared/i18n'

export type Unit =
  | 'times'
  | 'people'
  | 'sessions'
  | 'perUser'
  | 'yuan'
  | 'value'
  | 'percent'
  | 'kinds'
  | 'days'
  | 'hours'

/** Measures that need no property. */
export const COUNTS = ['total', 'uniques', 'per_user', 'sessions', 'wau', 'mau']
/** People of the 7 or 30 days that end with the bucket: only by day (TR5). */
export const ROLLING = ['wau', 'mau']
export const AGGREGATES = [
  'sum',
  'avg',
  'sum_per_user',
  'p50',
  'p90',
  'p99',
  'min',
  'max',
  'distinct',
]

export function unitOf(measure: string, prop: string): Unit {
  if (measure === 'total') return 'times'
  if (measure === 'uniques' || ROLLING.includes(measure)) return 'people'
  if (measure === 'sessions') return 'sessions'
  if (measure === 'per_user') return 'perUser'
  if (measure === 'distinct') return 'kinds'
  return isMoney(prop) ? 'yuan' : 'value'
}

const WHOLE: Unit[] = ['people', 'sessions', 'times', 'kinds', 'days', 'hours']

export function show(value: number | null | undefined, unit: Unit, f: Format): string {
  if (unit === 'yuan') return f.money(value)
  if (unit === 'percent') return f.percent(value)
  return f.number(value, WHOLE.includes(unit) ? 0 : 2)
}

/** The unit beside the number; empty where the text already says it. */
export const unitName = (unit: Unit, { t }: Pick<Words, 't'>): string =>
  unit === 'yuan' || unit === 'percent' || unit === 'value' ? '' : t(`questions.units.${unit}`)

export const goalAs = (unit: Unit): Headline['as'] =>
  unit === 'yuan' ? 'money' : unit === 'percent' ? 'percent' : 'number'

/** Units that are counts of something may share an axis. */
export const axisGroup = (unit: Unit): string =>
  unit === 'times' || unit === 'people' || unit === 'kinds' ? 'count' : unit
