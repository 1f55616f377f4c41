import type { QueryRange, TrendsQuery, TrendsSeries } from '@/shared/api-types'
import { eventFilter, hasValue, type Condition } from '@/shared/condition'

export interface SeriesForm {
  event: string
  /** `total`, `uniques`, `per_user`, or an aggregate such as `sum` over `prop`. */
  measure: string
  prop: string
  filters: Condition[]
}

export interface TrendsForm {
  series: SeriesForm[]
  range: QueryRange
  interval: TrendsQuery['interval']
  breakdown: string
  compare: boolean
}

export const SERIES_MAX = 8
export const COUNTS = ['total', 'uniques', 'per_user']
export const AGGREGATES = ['sum', 'avg', 'p50', 'p90', 'min', 'max']

/** A, B, C … as formulas will name them. */
export const letter = (i: number) => String.fromCharCode(65 + i)

export type Unit = 'times' | 'people' | 'perUser' | 'yuan' | 'value'

export function unitOf(series: SeriesForm): Unit {
  if (series.measure === 'total') return 'times'
  if (series.measure === 'uniques') return 'people'
  if (series.measure === 'per_user') return 'perUser'
  return series.prop.endsWith('_fen') ? 'yuan' : 'value'
}

/** Null while something is not chosen. */
export function toQuery(form: TrendsForm): TrendsQuery | null {
  const ready = (s: SeriesForm) =>
    s.event !== '' &&
    (COUNTS.includes(s.measure) || s.prop !== '') &&
    s.filters.every((c) => c.prop !== '' && hasValue(c))
  if (form.series.length === 0 || !form.series.every(ready)) return null
  return {
    kind: 'trends',
    range: form.range,
    interval: form.interval,
    series: form.series.map((s, i) => {
      const filter = eventFilter(s.filters)
      const measure = COUNTS.includes(s.measure)
        ? s.measure
        : { agg: s.measure, prop: `event.${s.prop}` }
      return { name: letter(i), event: s.event, measure, ...(filter ? { filter } : {}) }
    }),
    ...(form.breakdown ? { breakdown: [{ prop: form.breakdown }] } : {}),
    ...(form.compare ? { compare: 'previous' as const } : {}),
  }
}

/** (now − before) ÷ before; null without a base (G13). */
export function changeOf(now: number | null, before: number | null | undefined): number | null {
  if (now === null || before === null || before === undefined || before === 0) return null
  return (now - before) / before
}

/** The lines worth drawing: the largest by total, at most `max`, in the server's order. */
export function topSeries(series: TrendsSeries[], max: number): TrendsSeries[] {
  if (series.length <= max) return series
  const keep = new Set([...series].sort((a, b) => (b.total ?? 0) - (a.total ?? 0)).slice(0, max))
  return series.filter((s) => keep.has(s))
}
