import type { Json, Schema } from '@/shared/api-types'
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
  lengthOf,
  listOf,
  newEvent,
  numberOf,
  objectOf,
  oneOf,
  textOf,
  type CommonForm,
  type EventForm,
  type Length,
} from '../common'
import type { Query } from '../kind'

export interface PathsForm extends CommonForm {
  /** `paths`: where people go. `sessions`: how many visits, how long, how deep. */
  what: (typeof WHATS)[number]
  gap: Length
  cut_at_midnight: boolean
  anchor: (typeof ANCHORS)[number]
  event: EventForm
  /** Full name of a property that tells nodes of one event apart; empty for none. */
  prop: string
  exclude: string[]
  max_steps: number
  count: (typeof COUNTS)[number]
}

export const WHATS = ['paths', 'sessions'] as const
export const ANCHORS = ['start', 'end'] as const
export const COUNTS = ['units', 'persons'] as const
export const STEPS_MAX = 20
const HALF_HOUR: Length = { value: 30, unit: 'minute' }

export function defaults(schema: Schema): PathsForm {
  return {
    ...commonForm({ last: 7, unit: 'day' }),
    what: 'paths',
    gap: { ...HALF_HOUR },
    cut_at_midnight: false,
    anchor: 'start',
    event: newEvent(pickEvent(schema, ['$MPLaunch', '$pageview', 'page_view', 'product_view'])),
    prop: '',
    exclude: [],
    max_steps: 5,
    count: 'units',
  }
}

export function toQuery(form: PathsForm): Query | null {
  if (!commonReady(form)) return null
  const session: Json = {
    gap: { ...form.gap },
    ...(form.cut_at_midnight ? { cut_at_midnight: true } : {}),
  }
  if (form.what === 'sessions') {
    return {
      kind: 'sessions',
      ...commonJson(form, ['range', 'interval', 'segment', 'filter', 'breakdown']),
      session,
    }
  }
  if (!eventReady(form.event) || form.max_steps < 2 || form.max_steps > STEPS_MAX) return null
  // Any event is an anchor: the path begins, or ends, where the session does.
  const anchored = form.event.event !== ANY_ACTIVE
  return {
    kind: 'paths',
    ...commonJson(form, ['range', 'segment', 'filter']),
    unit: 'session',
    session,
    node: { by: 'event', ...(form.prop ? { prop: form.prop } : {}) },
    anchor: { type: form.anchor, ...(anchored ? eventJson(form.event) : {}) },
    ...(form.exclude.length > 0 ? { exclude: [...form.exclude] } : {}),
    max_steps: form.max_steps,
    count: form.count,
  }
}

export function fromQuery(query: Query): PathsForm {
  const session = objectOf(query.session)
  const anchor = objectOf(query.anchor)
  return {
    ...commonFrom(query),
    what: oneOf(query.kind, WHATS),
    gap: lengthOf(session.gap, HALF_HOUR),
    cut_at_midnight: session.cut_at_midnight === true,
    anchor: oneOf(anchor.type, ANCHORS),
    event: anchor.event || anchor.events ? eventFrom(query.anchor) : newEvent(ANY_ACTIVE),
    prop: textOf(objectOf(query.node).prop),
    exclude: listOf(query.exclude).filter((e): e is string => typeof e === 'string'),
    max_steps: numberOf(query.max_steps, 5),
    count: oneOf(query.count, COUNTS),
  }
}
