// A tag's definition as the editor shows it, and back (docs/reference/tags.md). What the editor
// cannot show it does not take: `fromDefinition` then answers null and the page shows the JSON.
import {
  check,
  fromDef,
  isObj,
  newGroup,
  newLeaf,
  toDef,
  windowFrom,
  type GroupNode,
  type Obj,
} from '@/conditions/model'
import type { Json } from '@/shared/api-types'

export interface Layer {
  id: number
  root: GroupNode
  value: string
}

export interface Step {
  gte: number | null
  value: string
}

/** Words for a number; no steps: the number itself is the value. */
export interface Tiers {
  percentile: boolean
  steps: Step[]
  fallback: string
  none: string
}

export interface TagForm {
  code: string
  name: string
  category: string
  value_type: string
  group: string
  owner: string
  ttl_days: number | null
  /** What gives it: people and imports, conditions, events, or orders. */
  by: 'hand' | 'layers' | 'events' | 'orders'
  /** realtime, once, or a cron line. */
  refresh: string
  layers: Layer[]
  fallback: string
  agg: string
  event: string
  prop: string
  min_count: number
  /** Days up to today; null: ever. */
  last: number | null
  orders: string
  days: [number, number, number]
  personal_cycle: boolean
  r: number
  f: number
  m: number
  tiers: Tiers
  /** Fields that the editor keeps as they are: filter, labels, names of events … */
  kept: Obj
}

export const AGGS = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'distinct',
  'first',
  'last',
  'most',
  'active_days',
  'days_since_last',
]
export const ORDERS = ['stage', 'rfm', 'revived', 'average', 'promo_share', 'promo_depth']
export const DAILY = '0 2 * * *'
const PICKS = ['first', 'last', 'most']
const PLAIN = ['count', 'active_days', 'days_since_last']
const KEPT_OF_AGG = ['filter', 'zero']
const KEPT_OF_ORDERS = ['labels', 'event', 'refund_event', 'value', 'id', 'promo', 'discount']

let last_id = 0
export const newLayer = (): Layer => ({
  id: ++last_id,
  root: newGroup('and', [newLeaf('done')]),
  value: '',
})

export const needsProp = (agg: string) => !PLAIN.includes(agg)
/** Whether the rule gives a number, which tiers may turn into words. */
export const givesNumber = (form: TagForm) =>
  form.by === 'events'
    ? !PICKS.includes(form.agg)
    : form.by === 'orders' && ['average', 'promo_share', 'promo_depth'].includes(form.orders)
/** Whether the rule changes for everybody at midnight, or needs everybody (TG4). */
export const scheduledOnly = (form: TagForm) =>
  form.by === 'orders' ||
  (form.by === 'events' &&
    (['most', 'days_since_last'].includes(form.agg) ||
      (form.tiers.percentile && form.tiers.steps.length > 0)))

export const emptyForm = (): TagForm => ({
  code: `tag_${Date.now().toString(36)}`,
  name: '',
  category: 'behaviour',
  value_type: 'enum',
  group: '',
  owner: '',
  ttl_days: null,
  by: 'layers',
  refresh: 'realtime',
  layers: [newLayer()],
  fallback: '',
  agg: 'count',
  event: '',
  prop: '',
  min_count: 1,
  last: 30,
  orders: 'stage',
  days: [30, 90, 180],
  personal_cycle: false,
  r: 30,
  f: 3,
  m: 50000,
  tiers: { percentile: false, steps: [], fallback: '', none: '' },
  kept: {},
})

/** The type of its values: what the rule gives, or what was chosen. */
export function typeOf(form: TagForm): string {
  if (form.by === 'hand' || form.by === 'layers') return form.value_type
  if (givesNumber(form) && form.tiers.steps.length === 0) return 'number'
  return form.by === 'orders' && form.orders === 'revived' ? 'bool' : 'enum'
}

/** A value as typed → as the API takes it; null while it is none of that type. */
export function valueOf(text: string, type: string): Json {
  const trimmed = text.trim()
  if (trimmed === '') return null
  if (type === 'bool') return trimmed === 'true' ? true : trimmed === 'false' ? false : null
  if (type === 'number') return Number.isFinite(Number(trimmed)) ? Number(trimmed) : null
  if (type === 'date') return /^\d{4}-\d\d-\d\d$/.test(trimmed) ? trimmed : null
  if (type === 'string_set') return trimmed.split(/[,，;；]/).map((one) => one.trim())
  return trimmed
}
const textOf = (value: Json | undefined): string =>
  value === undefined || value === null
    ? ''
    : Array.isArray(value)
      ? value.join(', ')
      : String(value)

/** What is missing; a key under `tags.problem`, or '' when it can be saved. */
export function problemOf(form: TagForm): string {
  if (form.name.trim() === '') return 'name'
  if (!/^[\w-]{1,64}$/.test(form.code)) return 'code'
  const type = typeOf(form)
  const bad = (text: string) => valueOf(text, type) === null
  if (form.by === 'layers') {
    if (form.layers.length === 0) return 'layers'
    if (form.layers.some((layer) => check(layer.root).length > 0)) return 'condition'
    if (form.layers.some((layer) => bad(layer.value))) return 'value'
    if (form.fallback.trim() !== '' && bad(form.fallback)) return 'value'
  }
  if (form.by === 'events' && form.event === '') return 'event'
  if (form.by === 'events' && needsProp(form.agg) && form.prop.trim() === '') return 'prop'
  const steps = givesNumber(form) ? form.tiers.steps : []
  if (steps.some((step) => step.gte === null || bad(step.value))) return 'tiers'
  const falls = steps.every((step, i) => i === 0 || steps[i - 1]!.gte! > step.gte!)
  return falls ? '' : 'tierOrder'
}

/** A group of one is that one. */
function conditionOf(root: GroupNode): Json {
  const def = toDef(root)
  const only = Array.isArray(def.and) && def.and.length === 1 ? def.and[0] : undefined
  return only ?? (def as Json)
}

function ruleOf(form: TagForm): Obj | null {
  const type = typeOf(form)
  if (form.by === 'layers') {
    const layers = form.layers.map((layer) => ({
      if: conditionOf(layer.root),
      value: valueOf(layer.value, type),
    }))
    const fallback = valueOf(form.fallback, type)
    return fallback === null ? { layers } : { layers, default: fallback }
  }
  const tiers = givesNumber(form) && form.tiers.steps.length > 0 ? tiersOf(form.tiers, type) : {}
  if (form.by === 'events') {
    const rule: Obj = { agg: form.agg, event: form.event }
    if (needsProp(form.agg)) rule.prop = `event.${form.prop.trim()}`
    rule.window = form.last === null ? 'ever' : { last: form.last, unit: 'day' }
    if (form.min_count > 1) rule.min_count = form.min_count
    return { ...rule, ...form.kept, ...tiers }
  }
  if (form.by !== 'orders') return null
  const rule: Obj = { orders: form.orders }
  if (form.orders === 'stage' || form.orders === 'revived') {
    rule.days = [...form.days]
    if (form.personal_cycle) rule.personal_cycle = true
  } else {
    rule.last = form.last ?? 365
  }
  if (form.orders === 'rfm') Object.assign(rule, { r: form.r, f: form.f, m: form.m })
  if (form.orders === 'promo_share') rule.min_count = form.min_count
  return { ...rule, ...form.kept, ...tiers }
}

function tiersOf(tiers: Tiers, type: string): Obj {
  const out: Obj = {
    steps: tiers.steps.map((step) => ({ gte: step.gte, value: valueOf(step.value, type) })),
  }
  if (tiers.percentile) out.by = 'percentile'
  if (tiers.fallback.trim() !== '') out.default = valueOf(tiers.fallback, type)
  if (tiers.none.trim() !== '') out.none = valueOf(tiers.none, type)
  return { tiers: out }
}

/** The definition that a form without problems says. */
export function toDefinition(form: TagForm): Obj {
  const out: Obj = { name: form.name.trim(), category: form.category, value_type: typeOf(form) }
  if (form.group.trim() !== '') out.group = form.group.trim()
  if (form.owner.trim() !== '') out.owner = form.owner.trim()
  if (form.ttl_days !== null) out.ttl = `P${form.ttl_days}D`
  const rule = ruleOf(form)
  if (rule === null) return out
  const line = scheduledOnly(form) && form.refresh === 'realtime' ? DAILY : form.refresh
  if (line === 'once') out.refresh = 'once'
  else if (line !== 'realtime') out.refresh = { schedule: line }
  out.rule = rule
  return out
}

export interface Definition {
  code: string
  name: string
  category: string
  value_type: string
  group: string
  owner: string
  ttl: string | null
  refresh: Json
  rule: Json
}

/** Null when the definition says something that the editor does not show. */
export function fromDefinition(tag: Definition): TagForm | null {
  const form = emptyForm()
  const { code, name, category, value_type, group, owner } = tag
  Object.assign(form, { code, name, category, value_type, group, owner })
  const ttl = tag.ttl === null ? null : /^P(\d+)D$/.exec(tag.ttl)
  if (tag.ttl !== null && !ttl) return null
  form.ttl_days = ttl ? Number(ttl[1]) : null
  if (isObj(tag.refresh) && typeof tag.refresh.schedule === 'string')
    form.refresh = tag.refresh.schedule
  else if (tag.refresh === 'once') form.refresh = 'once'
  const rule = tag.rule
  if (rule === null) return { ...form, by: 'hand' }
  if (!isObj(rule)) return null
  if (Array.isArray(rule.layers)) return layersFrom(rule, form)
  if (typeof rule.orders === 'string') return ordersFrom(rule, form)
  return typeof rule.agg === 'string' ? eventsFrom(rule, form) : null
}

function layersFrom(rule: Obj, form: TagForm): TagForm | null {
  form.layers = []
  for (const item of rule.layers as Json[]) {
    if (!isObj(item) || item.if === undefined) return null
    form.layers.push({ ...newLayer(), root: fromDef(item.if), value: textOf(item.value) })
  }
  return { ...form, by: 'layers', fallback: textOf(rule.default) }
}

const kept = (rule: Obj, keys: string[]): Obj =>
  Object.fromEntries(Object.entries(rule).filter(([key]) => keys.includes(key)))

function eventsFrom(rule: Obj, form: TagForm): TagForm | null {
  const shown = ['agg', 'event', 'prop', 'window', 'min_count', 'tiers', ...KEPT_OF_AGG]
  if (Object.keys(rule).some((key) => !shown.includes(key))) return null
  if (!AGGS.includes(String(rule.agg)) || typeof rule.event !== 'string') return null
  const last = windowFrom(rule.window)
  if (last === undefined) return null
  form.last = last
  form.agg = String(rule.agg)
  form.event = rule.event
  form.prop = textOf(rule.prop).replace(/^event\./, '')
  form.min_count = Number(rule.min_count ?? 1)
  form.tiers = tiersFrom(rule.tiers)
  return { ...form, by: 'events', kept: kept(rule, KEPT_OF_AGG) }
}

function ordersFrom(rule: Obj, form: TagForm): TagForm | null {
  if (!ORDERS.includes(String(rule.orders))) return null
  form.orders = String(rule.orders)
  if (Array.isArray(rule.days)) form.days = rule.days as [number, number, number]
  form.personal_cycle = rule.personal_cycle === true
  form.last = Number(rule.last ?? 365)
  for (const key of ['r', 'f', 'm'] as const) form[key] = Number(rule[key] ?? form[key])
  form.min_count = Number(rule.min_count ?? (rule.orders === 'promo_share' ? 3 : 1))
  form.tiers = tiersFrom(rule.tiers)
  return { ...form, by: 'orders', kept: kept(rule, KEPT_OF_ORDERS) }
}

function tiersFrom(tiers: Json | undefined): Tiers {
  if (!isObj(tiers)) return emptyForm().tiers
  const steps = (Array.isArray(tiers.steps) ? tiers.steps : []).filter(isObj)
  return {
    percentile: tiers.by === 'percentile',
    steps: steps.map((step) => ({ gte: Number(step.gte), value: textOf(step.value) })),
    fallback: textOf(tiers.default),
    none: textOf(tiers.none),
  }
}
