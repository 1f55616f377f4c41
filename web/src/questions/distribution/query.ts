import type { Schema } from '@/shared/api-types'
import { pickEvent } from '../builder/options'
import {
  commonForm,
  commonFrom,
  commonJson,
  commonReady,
  eventFrom,
  eventJson,
  eventReady,
  listOf,
  newEvent,
  objectOf,
  oneOf,
  textOf,
  type CommonForm,
  type EventForm,
} from '../common'
import type { Query } from '../kind'

export interface DistributionForm extends CommonForm {
  metric: EventForm
  agg: (typeof AGGS)[number]
  /** Name of a numeric property, for sum and avg. */
  prop: string
  /** Lower bounds of the bins, `1, 2, 3, 6`; empty for the server's own. */
  bins: string
  /** Also people of the segment who did nothing. */
  zero: boolean
}

export const AGGS = ['count', 'active_days', 'active_hours', 'sum', 'avg'] as const
export const needsProp = (agg: string) => agg === 'sum' || agg === 'avg'

export function defaults(schema: Schema): DistributionForm {
  return {
    ...commonForm(),
    metric: newEvent(pickEvent(schema, ['order_paid'])),
    agg: 'count',
    prop: '',
    bins: '',
    zero: false,
  }
}

/** `1, 2, 3` → [1,2,3]; null when it is no ascending list of numbers. */
export function parseBins(text: string): number[] | null {
  if (text.trim() === '') return []
  const list = text.split(/[,,;\s]+/).filter((part) => part !== '')
  const numbers = list.map(Number)
  return numbers.every((n, i) => Number.isFinite(n) && (i === 0 || n > numbers[i - 1]!))
    ? numbers
    : null
}

/** Money is typed in yuan and asked in fen. */
const scaleOf = (form: { agg: string; prop: string }) =>
  needsProp(form.agg) && form.prop.endsWith('_fen') ? 100 : 1

export function toQuery(form: DistributionForm): Query | null {
  const bins = parseBins(form.bins)
  if (!eventReady(form.metric) || !commonReady(form) || bins === null) return null
  if (needsProp(form.agg) && form.prop === '') return null
  return {
    kind: 'distribution',
    ...commonJson(form, ['range', 'segment', 'filter', 'breakdown']),
    metric: {
      ...eventJson(form.metric),
      agg: form.agg,
      ...(needsProp(form.agg) ? { prop: `event.${form.prop}` } : {}),
    },
    ...(bins.length > 0 ? { bins: bins.map((b) => Math.round(b * scaleOf(form))) } : {}),
    ...(form.zero && form.segment ? { include_zero: true } : {}),
  }
}

export function fromQuery(query: Query): DistributionForm {
  const metric = objectOf(query.metric)
  const agg = oneOf(metric.agg, AGGS)
  const prop = textOf(metric.prop).replace(/^event\./, '')
  const scale = scaleOf({ agg, prop })
  return {
    ...commonFrom(query),
    metric: eventFrom(query.metric),
    agg,
    prop,
    bins: listOf(query.bins)
      .map((b) => Number(b) / scale)
      .join(', '),
    zero: query.include_zero === true,
  }
}
