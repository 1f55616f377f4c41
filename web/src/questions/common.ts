// Fields that many questions share: their form, and their JSON both ways.
import type { Json, QueryRange } from '@/shared/api-types'
import { fromFilter, isComplete, newGroup, toFilter, type FilterGroup } from './filter-tree'
import type { Query } from './kind'

export interface CommonForm {
  range: QueryRange
  interval: string
  /** Id; empty for everybody. */
  segment: string
  filter: FilterGroup
  /** Full property names such as `event.category`. */
  breakdown: string[]
  /** `previous`, `year_ago` or empty. */
  compare: string
  /** Percent of the people, as text; empty for all. */
  sample: string
}

export const SAMPLES = ['', '10', '1']

export const BREAKDOWNS_MAX = 4

/** An event with its conditions: one role in a question. */
export interface EventForm {
  event: string
  filter: FilterGroup
}

export const ANY_ACTIVE = '$any_active'

export const newEvent = (event = ''): EventForm => ({ event, filter: newGroup() })
export const eventReady = (e: EventForm) => e.event !== '' && isComplete(e.filter)

export function eventJson(e: EventForm): { [key: string]: Json } {
  const filter = toFilter(e.filter)
  return { event: e.event, ...(filter ? { filter } : {}) }
}

export function eventFrom(json: Json | undefined): EventForm {
  const o = objectOf(json)
  const listed = Array.isArray(o.events) ? o.events[0] : undefined
  return { event: textOf(o.event ?? listed), filter: fromFilter(o.filter) }
}

export function commonForm(range: QueryRange = { last: 30, unit: 'day' }): CommonForm {
  return {
    range,
    interval: 'day',
    segment: '',
    filter: newGroup(),
    breakdown: [],
    compare: '',
    sample: '',
  }
}

export const commonReady = (form: CommonForm) => isComplete(form.filter)

/** Only what differs from the API's own defaults, so that links stay short. */
export function commonJson(form: CommonForm, fields: (keyof CommonForm)[]): Record<string, Json> {
  const out: Record<string, Json> = {}
  const has = (field: keyof CommonForm) => fields.includes(field)
  if (has('range')) out.range = form.range as Json
  if (has('interval')) out.interval = form.interval
  if (has('segment') && form.segment) out.segment = form.segment
  const filter = has('filter') ? toFilter(form.filter) : undefined
  if (filter) out.filter = filter
  if (has('breakdown') && form.breakdown.length > 0) {
    out.breakdown = form.breakdown.map((prop) => ({ prop }))
  }
  if (has('compare') && form.compare) out.compare = form.compare
  if (has('sample') && form.sample) out.sample = Number(form.sample) / 100
  return out
}

export function commonFrom(query: Query, base: CommonForm = commonForm()): CommonForm {
  const range = objectOf(query.range)
  const breakdown = Array.isArray(query.breakdown) ? query.breakdown : []
  return {
    range: Object.keys(range).length > 0 ? (range as unknown as QueryRange) : base.range,
    interval: textOf(query.interval, base.interval),
    segment: textOf(query.segment),
    filter: fromFilter(query.filter),
    breakdown: breakdown.map((b) => textOf(typeof b === 'string' ? b : objectOf(b).prop)),
    compare: query.compare === 'none' ? '' : textOf(query.compare),
    sample: percentOf(numberOf(query.sample, 1)),
  }
}

const percentOf = (share: number) => (share < 1 ? String(Number((share * 100).toFixed(4))) : '')

// ---- reading JSON that somebody else may have written

export const objectOf = (json: Json | undefined): { [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}
export const listOf = (json: Json | undefined): Json[] => (Array.isArray(json) ? json : [])
export const textOf = (json: Json | undefined, otherwise = ''): string =>
  typeof json === 'string' ? json : otherwise
export const numberOf = (json: Json | undefined, otherwise: number): number =>
  typeof json === 'number' ? json : otherwise
/** One of `allowed`, or the first of them. */
export function oneOf<T extends string>(json: Json | undefined, allowed: readonly T[]): T {
  return allowed.includes(json as T) ? (json as T) : allowed[0]!
}

export interface Length {
  value: number
  unit: string
}

const UNIT_OF: Record<string, string> = { D: 'day', H: 'hour', M: 'minute', W: 'week' }

/** A length of time as `{value, unit}` or `P7D`. */
export function lengthOf(json: Json | undefined, otherwise: Length): Length {
  const match = typeof json === 'string' ? /^P(?:T?)(\d+)([DHMW])$/.exec(json) : null
  if (match) return { value: Number(match[1]), unit: UNIT_OF[match[2]!]! }
  const o = objectOf(json)
  const value = numberOf(o.value, otherwise.value)
  return { value, unit: textOf(o.unit, otherwise.unit) }
}
