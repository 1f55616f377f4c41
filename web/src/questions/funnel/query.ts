import type { Json, Schema } from '@/shared/api-types'
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
  numberOf,
  objectOf,
  oneOf,
  textOf,
  type CommonForm,
  type EventForm,
  type Length,
} from '../common'
import type { Query } from '../kind'

export interface ExclusionForm extends EventForm {
  /** Steps, counted from 1. */
  from: number
  to: number
  mode: (typeof MODES)[number]
}

export interface FunnelForm extends CommonForm {
  steps: EventForm[]
  window: Length
  /** `calendar_day` and `session` take the place of the length. */
  windowKind: (typeof WINDOWS)[number]
  /** How sessions are cut, when they are the window. */
  session: Json
  order: (typeof ORDERS)[number]
  counting: (typeof COUNTINGS)[number]
  entry: (typeof ENTRIES)[number]
  attribution: (typeof ATTRIBUTIONS)[number]
  exclusions: ExclusionForm[]
  /** Name of an event property that all steps must share; empty for none. */
  hold: string
}

export const STEPS_MIN = 2
export const STEPS_MAX = 20
export const EXCLUSIONS_MAX = 8
export const WINDOWS = ['length', 'calendar_day', 'session'] as const
export const ORDERS = ['sequential', 'strict', 'any'] as const
export const COUNTINGS = ['uniques', 'totals', 'sessions'] as const
export const ENTRIES = ['any', 'first'] as const
export const ATTRIBUTIONS = ['first', 'last', 'all_steps'] as const
export const MODES = ['chain', 'person'] as const

/** The shop's backend and the mini program see parts of one visit. */
const ONE_OF_ALL_PLATFORMS: Json = { platform: '' }
const WEEK: Length = { value: 7, unit: 'day' }

/** A shopping funnel of the events that exist. */
export function defaults(schema: Schema): FunnelForm {
  const names = schema.events.map((e) => e.name)
  const shop = ['product_view', 'product_viewed', 'add_to_cart', 'order_paid']
  const known = shop.filter((name) => names.includes(name))
  const steps = (known.length >= 2 ? known : names.slice(0, 2)).map((name) => newEvent(name))
  while (steps.length < STEPS_MIN) steps.push(newEvent())
  return {
    ...commonForm(),
    steps,
    window: { ...WEEK },
    windowKind: 'length',
    session: ONE_OF_ALL_PLATFORMS,
    order: 'sequential',
    counting: 'uniques',
    entry: 'any',
    attribution: 'first',
    exclusions: [],
    hold: '',
  }
}

function exclusionJson(x: ExclusionForm, steps: number): Json {
  const to = Math.min(x.to, steps)
  const from = Math.min(x.from, to - 1)
  return { ...eventJson(x), between: [from, to], mode: x.mode }
}

/** Sessions that are counted are their own windows (FN9). */
function windowJson(form: FunnelForm): { window: Json; session?: Json } {
  if (form.counting === 'sessions' || form.windowKind === 'session')
    return { window: 'session', session: form.session }
  return { window: form.windowKind === 'length' ? { ...form.window } : form.windowKind }
}

/** Null while a step has no event or a filter is unfinished. */
export function toQuery(form: FunnelForm): Query | null {
  const { steps, exclusions } = form
  if (steps.length < STEPS_MIN || steps.length > STEPS_MAX || form.window.value < 1) return null
  if (![...steps, ...exclusions].every(eventReady) || !commonReady(form)) return null
  return {
    kind: 'funnel',
    ...commonJson(form, ['range', 'segment', 'filter', 'sample']),
    ...windowJson(form),
    order: form.order,
    counting: form.counting,
    entry: form.entry,
    steps: steps.map(eventJson),
    ...(exclusions.length > 0
      ? { exclusions: exclusions.map((x) => exclusionJson(x, steps.length)) }
      : {}),
    ...(form.hold ? { hold: [steps.map(() => form.hold)] } : {}),
    ...(form.breakdown.length > 0
      ? { breakdown: form.breakdown.map((prop) => ({ prop, attribution: form.attribution })) }
      : {}),
    output: ['steps', 'trend', 'time_to_convert'],
  }
}

export function fromQuery(query: Query): FunnelForm {
  const steps = listOf(query.steps).map(eventFrom)
  while (steps.length < STEPS_MIN) steps.push(newEvent())
  const windowKind = typeof query.window === 'string' ? oneOf(query.window, WINDOWS) : 'length'
  return {
    ...commonFrom(query),
    steps,
    window: lengthOf(query.window, WEEK),
    windowKind,
    session: query.session ?? ONE_OF_ALL_PLATFORMS,
    order: oneOf(query.order, ORDERS),
    counting: oneOf(query.counting, COUNTINGS),
    entry: oneOf(query.entry, ENTRIES),
    attribution: oneOf(objectOf(listOf(query.breakdown)[0]).attribution, ATTRIBUTIONS),
    exclusions: listOf(query.exclusions).map((json) => {
      const o = objectOf(json)
      const [from, to] = listOf(o.between)
      return {
        ...eventFrom(json),
        from: numberOf(from, 1),
        to: numberOf(to, steps.length),
        mode: oneOf(o.mode, MODES),
      }
    }),
    hold: textOf(listOf(listOf(query.hold)[0])[0]),
  }
}
