import type { Json, Schema } from '@/shared/api-types'
import { ROLLING } from '../unit'
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
  objectOf,
  oneOf,
  textOf,
  type CommonForm,
  type EventForm,
} from '../common'
import type { Common, Query } from '../kind'

export interface ActiveForm extends CommonForm {
  what: What
  active: EventForm
  /** Stickiness: at least so many intervals instead of exactly. */
  cumulative: boolean
  /** Lifecycle: churned after so many days without activity. */
  churn_days: number
}

export const WHATS = ['trends', 'rolling', 'stickiness', 'lifecycle'] as const
type What = (typeof WHATS)[number]

const BASE: Common[] = ['segment', 'filter', 'breakdown']
export const COMMON: Record<What, Common[]> = {
  trends: ['range', 'interval', ...BASE],
  rolling: ['range', 'segment', 'filter', 'breakdown'],
  stickiness: ['range', 'interval', ...BASE],
  lifecycle: ['range', 'interval', ...BASE],
}

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
    // Active people per local day, week or month (TR5).
    const series = ['uniques', 'per_user'].map((measure, n) => ({
      name: 'AB'[n]!,
      ...active,
      measure,
    }))
    return { kind: 'trends', ...common, series }
  }
  if (form.what === 'rolling') return rolling(form, active)
  return form.what === 'stickiness'
    ? { kind: 'stickiness', ...common, active, ...(form.cumulative ? { cumulative: true } : {}) }
    : {
        kind: 'lifecycle',
        ...common,
        active,
        // Churn is counted in days, whatever they are gathered into elsewhere (RT8).
        ...(form.interval === 'day' ? { churn_days: form.churn_days } : {}),
      }
}

/** Active people of the day, of 7 and of 30 days, and what share of them came today (TR5, TR6). */
function rolling(form: ActiveForm, active: Record<string, Json>): Query {
  return {
    kind: 'trends',
    ...commonJson(form, ['range', 'segment', 'filter', 'breakdown']),
    interval: 'day',
    series: ['uniques', ...ROLLING].map((measure, n) => ({ name: 'ABC'[n]!, ...active, measure })),
    formulas: [
      { name: 'F1', expr: 'A/B' },
      { name: 'F2', expr: 'A/C' },
    ],
  }
}

const isRolling = (query: Query) =>
  listOf(query.series).some((s) => ROLLING.includes(textOf(objectOf(s).measure)))

export function fromQuery(query: Query): ActiveForm {
  const active = query.kind === 'trends' ? listOf(query.series)[0] : query.active
  return {
    ...commonFrom(query),
    what: isRolling(query) ? 'rolling' : oneOf(query.kind, WHATS),
    active: active ? eventFrom(active) : newEvent(ANY_ACTIVE),
    cumulative: query.cumulative === true,
    churn_days: numberOf(query.churn_days, 30),
  }
}
