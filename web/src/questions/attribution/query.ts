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
  objectOf,
  oneOf,
  textOf,
  type CommonForm,
  type EventForm,
  type Length,
} from '../common'
import type { Query } from '../kind'

export interface AttributionForm extends CommonForm {
  conversion: EventForm
  revenue: (typeof REVENUES)[number]
  touches: string[]
  /** Full name of the property that names the channel. */
  dimension: string
  lookback: Length
  models: string[]
}

export const REVENUES = ['net', 'gross'] as const
export const MODELS = [
  'first',
  'last',
  'last_non_direct',
  'linear',
  'position',
  'time_decay',
  'markov',
  'shapley',
]
const MONTH: Length = { value: 30, unit: 'day' }
const TOUCHES = ['ad_click', 'kol_click', 'mp_scan', 'mp_follow', 'mp_menu_click', 'msg_click']

export function defaults(schema: Schema): AttributionForm {
  const names = schema.events.map((e) => e.name)
  const known = TOUCHES.filter((name) => names.includes(name))
  const touches = known.length > 0 ? known : names.slice(0, 1)
  const properties = new Set(
    schema.events
      .filter((e) => touches.includes(e.name))
      .flatMap((e) => e.properties.map((p) => p.name)),
  )
  const dimension = ['channel', 'scene', 'source'].find((name) => properties.has(name))
  return {
    ...commonForm(),
    conversion: newEvent(pickEvent(schema, ['order_paid'])),
    revenue: 'net',
    touches,
    dimension: `event.${dimension ?? [...properties][0] ?? 'channel'}`,
    lookback: { ...MONTH },
    models: ['first', 'last', 'linear', 'position', 'time_decay', 'markov'],
  }
}

export function toQuery(form: AttributionForm): Query | null {
  if (!eventReady(form.conversion) || !commonReady(form)) return null
  if (form.touches.length === 0 || form.dimension === '' || form.models.length === 0) return null
  return {
    kind: 'attribution',
    ...commonJson(form, ['range', 'segment', 'filter']),
    conversion: eventJson(form.conversion),
    revenue: form.revenue,
    touches: { types: [...form.touches], dimension: form.dimension },
    lookback: { ...form.lookback },
    models: [...form.models],
  }
}

export function fromQuery(query: Query): AttributionForm {
  const touches = objectOf(query.touches)
  const dimension = textOf(touches.dimension, 'channel')
  const names = [...listOf(touches.types), ...listOf(touches.events), touches.event ?? null]
  return {
    ...commonFrom(query),
    conversion: eventFrom(query.conversion ?? { event: 'order_paid' }),
    revenue: oneOf(query.revenue, REVENUES),
    touches: names.filter((n): n is string => typeof n === 'string'),
    dimension: dimension.startsWith('event.') ? dimension : `event.${dimension}`,
    lookback: lengthOf(query.lookback, MONTH),
    models: listOf(query.models).filter((m): m is string => typeof m === 'string'),
  }
}
