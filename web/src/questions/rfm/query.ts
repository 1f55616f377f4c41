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
  newEvent,
  numberOf,
  objectOf,
  oneOf,
  type CommonForm,
  type EventForm,
  type Length,
} from '../common'
import type { Query } from '../kind'

export interface RfmForm extends CommonForm {
  /** `rfm` or `stages`. */
  what: (typeof WHATS)[number]
  order: EventForm
  revenue: (typeof REVENUES)[number]
  lookback: Length
  mode: (typeof MODES)[number]
  /** Thresholds: days, orders, and money in yuan. */
  r: number
  f: number
  m: number
}

export const WHATS = ['rfm', 'stages'] as const
export const REVENUES = ['net', 'gross'] as const
export const MODES = ['thresholds', 'mean', 'median', 'quintile'] as const
const YEAR: Length = { value: 365, unit: 'day' }

export function defaults(schema: Schema): RfmForm {
  return {
    ...commonForm(),
    what: 'rfm',
    order: newEvent(pickEvent(schema, ['order_paid'])),
    revenue: 'net',
    lookback: { ...YEAR },
    mode: 'thresholds',
    r: 30,
    f: 3,
    m: 500,
  }
}

export function toQuery(form: RfmForm): Query | null {
  if (!eventReady(form.order) || !commonReady(form)) return null
  const common = {
    ...commonJson(form, ['segment', 'filter']),
    order: eventJson(form.order),
    revenue: form.revenue,
  }
  if (form.what === 'stages') return { kind: 'stages', ...common }
  const bounds =
    form.mode === 'thresholds' ? { r: form.r, f: form.f, m: Math.round(form.m * 100) } : {}
  return {
    kind: 'rfm',
    ...common,
    lookback: { ...form.lookback },
    score: { mode: form.mode, ...bounds },
  }
}

export function fromQuery(query: Query): RfmForm {
  const score = objectOf(query.score)
  return {
    ...commonFrom(query),
    what: query.kind === 'stages' ? 'stages' : 'rfm',
    order: eventFrom(query.order ?? { event: query.order_event ?? 'order_paid' }),
    revenue: oneOf(query.revenue, REVENUES),
    lookback: lengthOf(query.lookback, YEAR),
    mode: oneOf(score.mode, MODES),
    r: numberOf(score.r, 30),
    f: numberOf(score.f, 3),
    m: numberOf(score.m, 50_000) / 100,
  }
}
