import type { Json, Schema } from '@/shared/api-types'
import { pickEvent } from '../builder/options'
import {
  commonForm,
  commonFrom,
  commonJson,
  commonReady,
  eventFrom,
  eventJson,
  eventReady,
  newEvent,
  numberOf,
  oneOf,
  type CommonForm,
  type EventForm,
} from '../common'
import { costFrom, costJson, costReady, tableFrom, type CostForm } from '../cost'
import type { Common, Query } from '../kind'

export interface LtvForm extends CommonForm {
  what: (typeof WHATS)[number]
  acquisition: EventForm
  order: EventForm
  revenue: (typeof REVENUES)[number]
  unit: (typeof UNITS)[number]
  periods: number
  /** Percent of revenue. */
  margin: number
  costs: CostForm[]
  /** Id of an uploaded table that is used instead; empty for none. */
  costTable: string
  variant: (typeof VARIANTS)[number]
  /** Of the models' time. */
  clv_unit: (typeof CLV_UNITS)[number]
  /** Months of 30 days to look ahead. */
  horizon: number
  /** Percent a month. */
  discount: number
  groups: number
}

export const WHATS = ['ltv', 'repurchase', 'clv'] as const
export const COMMON: Record<LtvForm['what'], Common[]> = {
  ltv: ['range', 'interval', 'segment', 'breakdown'],
  repurchase: ['range', 'interval', 'segment'],
  clv: ['segment'],
}
export const CLV_UNITS = ['day', 'week', 'calendar_week'] as const
export const REVENUES = ['net', 'gross'] as const
export const UNITS = ['day', 'week', 'month'] as const
export const VARIANTS = ['range', 'cohort'] as const
export const PERIODS_MAX = 400
const CLV_PEOPLE = 50

export function defaults(schema: Schema): LtvForm {
  return {
    ...commonForm({ last: 90, unit: 'day' }),
    interval: 'week',
    what: 'ltv',
    acquisition: newEvent(
      pickEvent(schema, ['order_paid', 'mp_follow', 'wecom_friend_added', 'signed_up']),
    ),
    order: newEvent(pickEvent(schema, ['order_paid'])),
    revenue: 'net',
    unit: 'day',
    periods: 31,
    margin: 100,
    costs: [],
    costTable: '',
    variant: 'range',
    clv_unit: 'day',
    horizon: 12,
    discount: 1,
    groups: 5,
  }
}

const percent = (json: Json | undefined, otherwise: number) =>
  Number((numberOf(json, otherwise) * 100).toFixed(4))

export function toQuery(form: LtvForm): Query | null {
  if (!eventReady(form.order) || !commonReady(form)) return null
  const order = { order: eventJson(form.order), revenue: form.revenue }
  if (form.what === 'repurchase') {
    return {
      kind: 'repurchase',
      ...commonJson(form, ['range', 'interval', 'segment', 'filter']),
      ...order,
      variant: form.variant,
    }
  }
  if (form.what === 'clv') return clvQuery(form, order)
  if (!eventReady(form.acquisition) || !form.costs.every(costReady)) return null
  if (form.periods < 1 || form.periods > PERIODS_MAX || form.margin <= 0) return null
  return {
    kind: 'ltv',
    ...commonJson(form, ['range', 'interval', 'segment', 'filter', 'breakdown']),
    acquisition: eventJson(form.acquisition),
    ...order,
    unit: form.unit,
    periods: form.periods,
    ...(form.margin < 100 ? { margin: form.margin / 100 } : {}),
    ...costJson(form.costs, form.costTable),
  }
}

function clvQuery(form: LtvForm, order: Record<string, Json>): Query | null {
  if (!(form.horizon >= 1 && form.discount >= 0 && form.margin > 0)) return null
  return {
    kind: 'clv',
    ...commonJson(form, ['segment', 'filter']),
    ...order,
    unit: form.clv_unit,
    horizon: form.horizon,
    discount: form.discount / 100,
    margin: form.margin / 100,
    groups: form.groups,
    people: CLV_PEOPLE,
  }
}

export function fromQuery(query: Query, schema: Schema): LtvForm {
  const base = defaults(schema)
  return {
    ...commonFrom(query, base),
    what: oneOf(query.kind, WHATS),
    acquisition: query.acquisition ? eventFrom(query.acquisition) : base.acquisition,
    order: eventFrom(query.order ?? { event: 'order_paid' }),
    revenue: oneOf(query.revenue, REVENUES),
    unit: oneOf(query.unit, UNITS),
    periods: numberOf(query.periods, 31),
    margin: percent(query.margin, 1),
    costs: costFrom(query.cost),
    costTable: tableFrom(query.cost),
    variant: oneOf(query.variant, VARIANTS),
    clv_unit: oneOf(query.unit, CLV_UNITS),
    horizon: numberOf(query.horizon, base.horizon),
    discount: percent(query.discount, 0.01),
    groups: numberOf(query.groups, base.groups),
  }
}
