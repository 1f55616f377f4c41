import type { Schema } from '@/shared/api-types'
import {
  ANY_ACTIVE,
  commonForm,
  commonFrom,
  commonJson,
  commonReady,
  eventFrom,
  eventJson,
  eventReady,
  listOf,
  newEvent,
  numberOf,
  oneOf,
  type CommonForm,
  type EventForm,
} from '../common'
import type { Query } from '../kind'

export interface ActiveForm extends CommonForm {
  what: (typeof WHATS)[number]
  active: EventForm
  /** Stickiness: at least so many intervals instead of exactly. */
  cumulative: boolean
  /** Lifecycle: churned after so many days without activity. */
  churn_days: number
}

export const WHATS = ['trends', 'stickiness', 'lifecycle'] as const

export function defaults(_schema: Schema): ActiveForm {
  return {
    ...commonForm({ last: 14, unit: 'day' }),
    what: 'trends',
    active: newEvent(ANY_ACTIVE),
    cumulative: false,
    churn_days: 30,
  }
}

export function toQuery(form: ActiveForm): Query | null {
  if (!eventReady(form.active) || !commonReady(form)) return null
  const active = eventJson(form.active)
  const common = commonJson(form, ['range', 'interval', 'segment', 'filter', 'breakdown'])
  if (form.what === 'trends') {
    // Active people per local day, week or month; rolling windows are not asked for (TR5).
    const series = ['uniques', 'per_user'].map((measure, n) => ({
      name: 'AB'[n]!,
      ...active,
      measure,
    }))
    return { kind: 'trends', ...common, series }
  }
  return form.what === 'stickiness'
    ? { kind: 'stickiness', ...common, active, ...(form.cumulative ? { cumulative: true } : {}) }
    : { kind: 'lifecycle', ...common, active, churn_days: form.churn_days }
}

export function fromQuery(query: Query): ActiveForm {
  const active = query.kind === 'trends' ? listOf(query.series)[0] : query.active
  return {
    ...commonFrom(query),
    what: oneOf(query.kind, WHATS),
    active: active ? eventFrom(active) : newEvent(ANY_ACTIVE),
    cumulative: query.cumulative === true,
    churn_days: numberOf(query.churn_days, 30),
  }
}
