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
  lengthOf,
  listOf,
  newEvent,
  oneOf,
  textOf,
  type CommonForm,
  type EventForm,
  type Length,
} from '../common'
import type { Query } from '../kind'

export interface IntervalForm extends CommonForm {
  start: EventForm
  end: EventForm
  pairing: (typeof PAIRINGS)[number]
  limit: Length
  /** Full name of a property that both ends must share; empty for none. */
  relate: string
}

export const PAIRINGS = ['nearest', 'first', 'latest'] as const
const WEEK: Length = { value: 7, unit: 'day' }

export function defaults(schema: Schema): IntervalForm {
  return {
    ...commonForm(),
    start: newEvent(pickEvent(schema, ['add_to_cart', 'product_view'])),
    end: newEvent(pickEvent(schema, ['order_paid'])),
    pairing: 'nearest',
    limit: { ...WEEK },
    relate: '',
  }
}

export function toQuery(form: IntervalForm): Query | null {
  if (!eventReady(form.start) || !eventReady(form.end) || !commonReady(form)) return null
  return {
    kind: 'interval',
    ...commonJson(form, ['range', 'interval', 'segment', 'filter', 'breakdown']),
    start: eventJson(form.start),
    end: eventJson(form.end),
    pairing: form.pairing,
    limit: { ...form.limit },
    ...(form.relate ? { relate: [[form.relate, form.relate]] } : {}),
  }
}

export function fromQuery(query: Query): IntervalForm {
  return {
    ...commonFrom(query),
    start: eventFrom(query.start),
    end: eventFrom(query.end),
    pairing: oneOf(query.pairing, PAIRINGS),
    limit: lengthOf(query.limit, WEEK),
    relate: textOf(listOf(listOf(query.relate)[0])[0]),
  }
}
