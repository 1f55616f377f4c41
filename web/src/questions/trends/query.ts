import type { QueryRange, Schema, TrendsSeries } from '@/shared/api-types'
import { isComplete } from '../filter-tree'
import {
  commonForm,
  commonFrom,
  commonJson,
  commonReady,
  eventFrom,
  eventJson,
  listOf,
  newEvent,
  objectOf,
  textOf,
  type CommonForm,
  type EventForm,
} from '../common'
import type { Query } from '../kind'
import { pickEvent } from '../builder/options'
import { AGGREGATES, COUNTS, ROLLING } from '../unit'

export interface SeriesForm extends EventForm {
  /** `total`, `uniques`, `per_user`, or an aggregate such as `sum` over `prop`. */
  measure: string
  prop: string
}

export interface TrendsForm extends CommonForm {
  series: SeriesForm[]
  formulas: string[]
  cumulative: boolean
}

export const SERIES_MAX = 8

/** A, B, C … as formulas name them. */
export const letter = (i: number) => String.fromCharCode(65 + i)

export const newSeries = (event = '', measure = 'total', prop = ''): SeriesForm => ({
  ...newEvent(event),
  measure,
  prop,
})

export function defaults(schema: Schema, range?: QueryRange): TrendsForm {
  const event = pickEvent(schema, ['order_paid'])
  return {
    ...commonForm(range),
    series: [newSeries(event), newSeries(event, 'uniques')],
    formulas: [],
    cumulative: false,
  }
}

/** Names that are series, numbers, + - * / and brackets; the server checks the rest (TR3). */
export function formulaReady(expr: string, series: number): boolean {
  const names = expr.match(/[A-Z]/g) ?? []
  return (
    /^[A-Z0-9.+\-*/() ]+$/.test(expr) && names.length > 0 && names.every((n) => n < letter(series))
  )
}

const FIELDS: (keyof CommonForm)[] = [
  'range',
  'interval',
  'segment',
  'filter',
  'breakdown',
  'compare',
  'sample',
]

export const isRolling = (form: TrendsForm) => form.series.some((s) => ROLLING.includes(s.measure))
/** Windows of 7 or 30 days belong to a day and do not add up (TR5). */
export const rollingReady = (form: TrendsForm) =>
  !isRolling(form) || (form.interval === 'day' && !form.cumulative)

export function toQuery(form: TrendsForm): Query | null {
  const ready = (s: SeriesForm) =>
    s.event !== '' && (COUNTS.includes(s.measure) || s.prop !== '') && isComplete(s.filter)
  if (form.series.length === 0 || !form.series.every(ready) || !commonReady(form)) return null
  if (!rollingReady(form)) return null
  if (!form.formulas.every((expr) => formulaReady(expr, form.series.length))) return null
  return {
    kind: 'trends',
    ...commonJson(form, FIELDS),
    series: form.series.map((s, i) => ({
      name: letter(i),
      ...eventJson(s),
      measure: COUNTS.includes(s.measure) ? s.measure : { agg: s.measure, prop: `event.${s.prop}` },
    })),
    ...(form.formulas.length > 0
      ? { formulas: form.formulas.map((expr, i) => ({ name: `F${i + 1}`, expr })) }
      : {}),
    ...(form.cumulative ? { cumulative: true } : {}),
  }
}

export function fromQuery(query: Query): TrendsForm {
  return {
    ...commonFrom(query),
    series: seriesOf(query),
    formulas: listOf(query.formulas).map((f) => textOf(objectOf(f).expr)),
    cumulative: query.cumulative === true,
  }
}

export function seriesOf(query: Query): SeriesForm[] {
  return listOf(query.series).map((json) => {
    const o = objectOf(json)
    const named = typeof o.measure === 'string' ? o.measure : objectOf(o.measure).agg
    const measure = textOf(named, 'total')
    return {
      ...eventFrom(json),
      measure: [...COUNTS, ...AGGREGATES].includes(measure) ? measure : 'total',
      prop: textOf(objectOf(o.measure).prop).replace(/^event\./, ''),
    }
  })
}

/**
 * The lines worth drawing: of each series its largest values, at most `max` in all, in the server's
 * order. Series measure different things, so their sizes are not compared with one another.
 */
export function topSeries(series: TrendsSeries[], max: number): TrendsSeries[] {
  if (series.length <= max) return series
  const names = [...new Set(series.map((s) => s.name))]
  const each = Math.max(1, Math.floor(max / names.length))
  const keep = new Set(
    names.flatMap((name) =>
      series
        .filter((s) => s.name === name)
        .sort((a, b) => (b.total ?? 0) - (a.total ?? 0))
        .slice(0, each),
    ),
  )
  return series.filter((s) => keep.has(s)).slice(0, max)
}
