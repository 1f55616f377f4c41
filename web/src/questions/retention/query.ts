import type { Schema } from '@/shared/api-types'
import { pickEvent } from '../builder/options'
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

export interface RetentionForm extends CommonForm {
  start: EventForm
  return: EventForm
  unit: (typeof UNITS)[number]
  periods: number
  clock: (typeof CLOCKS)[number]
  type: (typeof TYPES)[number]
  cohort: (typeof COHORTS)[number]
  mean: (typeof MEANS)[number]
  /** `1-3, 4-7`: read only with type `bracket`. */
  brackets: string
}

export const UNITS = ['day', 'week', 'month'] as const
export const CLOCKS = ['calendar', 'rolling'] as const
export const TYPES = ['on', 'on_or_after', 'on_or_before', 'bracket'] as const
export const COHORTS = ['recurring', 'first_time'] as const
export const MEANS = ['weighted', 'simple'] as const
export const PERIODS_MAX = 60

export function defaults(schema: Schema): RetentionForm {
  return {
    ...commonForm({ last: 14, unit: 'day' }),
    start: newEvent(pickEvent(schema, ['$MPLaunch', 'page_view', 'product_view', 'order_paid'])),
    return: newEvent(ANY_ACTIVE),
    unit: 'day',
    periods: 7,
    clock: 'calendar',
    type: 'on',
    cohort: 'recurring',
    mean: 'weighted',
    brackets: '1-3, 4-7',
  }
}

/** `1-3, 4-7` → [[1,3],[4,7]]; null when it is not that. */
export function parseBrackets(text: string): [number, number][] | null {
  const parts = text.split(/[,,;]/).map((part) => /^\s*(\d+)\s*[-–~]\s*(\d+)\s*$/.exec(part))
  if (!parts.every((m) => m !== null)) return null
  const pairs = parts.map((m) => [Number(m![1]), Number(m![2])] as [number, number])
  return pairs.every(([a, b]) => a <= b) ? pairs : null
}

export function toQuery(form: RetentionForm): Query | null {
  if (!eventReady(form.start) || !eventReady(form.return) || !commonReady(form)) return null
  if (form.periods < 1 || form.periods > PERIODS_MAX) return null
  const brackets = form.type === 'bracket' ? parseBrackets(form.brackets) : undefined
  if (brackets === null) return null
  return {
    kind: 'retention',
    ...commonJson(form, ['range', 'segment', 'filter', 'breakdown']),
    unit: form.unit,
    periods: form.periods,
    start: eventJson(form.start),
    return: eventJson(form.return),
    clock: form.clock,
    type: form.type,
    cohort: form.cohort,
    mean: form.mean,
    ...(brackets ? { brackets } : {}),
  }
}

export function fromQuery(query: Query): RetentionForm {
  const brackets = listOf(query.brackets).map((pair) => listOf(pair).join('-'))
  return {
    ...commonFrom(query),
    start: eventFrom(query.start),
    return: eventFrom(query.return),
    unit: oneOf(query.unit, UNITS),
    periods: numberOf(query.periods, 7),
    clock: oneOf(query.clock, CLOCKS),
    type: oneOf(query.type, TYPES),
    cohort: oneOf(query.cohort, COHORTS),
    mean: oneOf(query.mean, MEANS),
    brackets: brackets.length > 0 ? brackets.join(', ') : '1-3, 4-7',
  }
}
