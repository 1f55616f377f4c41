// The builder's tree and its JSON form (SEMANTICS §9 SG1). What the builder cannot edit stays in
// the tree as a `raw` leaf, so that opening and saving a definition never loses a condition.
import type { Json, SegmentDef } from '@/shared/api-types'
import {
  eventFilter,
  hasValue,
  isOp,
  withValue,
  type Condition,
  type Op,
  type Value,
} from '@/shared/condition'

export interface GroupNode {
  id: number
  type: 'group'
  op: 'and' | 'or'
  negated: boolean
  children: TreeNode[]
}

export interface ProfileLeaf extends Condition {
  id: number
  type: 'profile'
}

export interface TagLeaf {
  id: number
  type: 'tag'
  code: string
  op: Op
  value: Value
}

export interface DoneLeaf {
  id: number
  type: 'done'
  did: boolean
  event: string
  /** Days up to today; null means ever. */
  last: number | null
  /** What is compared: how often, or a number over the events' property `prop`. */
  agg: Agg
  prop: string
  op: Op
  count: number | null
  filters: Condition[]
}

export const AGGS = ['count', 'days', 'sum', 'avg', 'min', 'max', 'distinct'] as const
export type Agg = (typeof AGGS)[number]
/** Whether it is a number over a property. */
export const ofProp = (agg: Agg) => agg !== 'count' && agg !== 'days'

export interface SequenceStep {
  id: number
  event: string
  filters: Condition[]
}

export interface SequenceLeaf {
  id: number
  type: 'sequence'
  steps: SequenceStep[]
  /** Hours from the first step; null means no limit. */
  within: number | null
  /** The second step must not have followed. */
  thenNot: boolean
  /** Days up to today in which the first step was; null means ever. */
  last: number | null
}

export interface SegmentLeaf {
  id: number
  type: 'segment'
  segment: string
  inside: boolean
}

export interface ConsentLeaf {
  id: number
  type: 'consent'
  channel: string
  purpose: string
  state: 'granted' | 'withdrawn'
}

export interface RawLeaf {
  id: number
  type: 'raw'
  json: Json
}

export type Leaf =
  ProfileLeaf | TagLeaf | DoneLeaf | SequenceLeaf | SegmentLeaf | ConsentLeaf | RawLeaf
export type TreeNode = GroupNode | Leaf
export type LeafType = Exclude<Leaf['type'], 'raw'>

export const DEPTH_MAX = 6
export const LEAVES_MAX = 50
export const STEPS_MAX = 5

export type Obj = { [key: string]: Json }

let last_id = 0
const nextId = () => ++last_id

export function newGroup(op: 'and' | 'or' = 'and', children: TreeNode[] = []): GroupNode {
  return { id: nextId(), type: 'group', op, negated: false, children }
}

export function newStep(event = '', filters: Condition[] = []): SequenceStep {
  return { id: nextId(), event, filters }
}

export function newLeaf(type: LeafType): Leaf {
  const id = nextId()
  switch (type) {
    case 'profile':
      return { id, type, prop: '', op: 'eq', value: null }
    case 'tag':
      return { id, type, code: '', op: 'eq', value: null }
    case 'done':
      return newDone(id)
    case 'sequence':
      return { id, type, steps: [newStep(), newStep()], within: 24, thenNot: false, last: 30 }
    case 'segment':
      return { id, type, segment: '', inside: true }
    case 'consent':
      return { id, type, channel: 'sms', purpose: 'marketing', state: 'granted' }
  }
}

function newDone(id: number): DoneLeaf {
  const counted = { agg: 'count', prop: '', op: 'gte', count: 1 } as const
  return { id, type: 'done', did: true, event: '', last: 30, filters: [], ...counted }
}

// ---- tree → JSON

export function toDef(group: GroupNode): SegmentDef {
  const inner: SegmentDef = { [group.op]: group.children.map(nodeToJson) }
  return group.negated ? { not: inner } : inner
}

function nodeToJson(node: TreeNode): Json {
  switch (node.type) {
    case 'group':
      return toDef(node)
    case 'profile':
      return { profile: withValue({ prop: `profile.${node.prop}`, op: node.op }, node) }
    case 'tag':
      return { tag: withValue({ code: node.code, op: node.op }, node) }
    case 'done':
      return doneToJson(node)
    case 'sequence':
      return sequenceToJson(node)
    case 'segment':
      return node.inside ? { segment: node.segment } : { not: { segment: node.segment } }
    case 'consent':
      return { consent: { channel: node.channel, purpose: node.purpose, state: node.state } }
    case 'raw':
      return node.json
  }
}

function doneToJson(node: DoneLeaf): Json {
  const out: Obj = { event: node.event }
  if (node.did) {
    if (node.agg !== 'count') out.agg = node.agg
    if (ofProp(node.agg)) out.prop = `event.${node.prop}`
    out.op = node.op
    out.value = node.count
  }
  if (node.last !== null) out.window = { last: node.last, unit: 'day' }
  const filter = eventFilter(node.filters)
  if (filter) out.filter = filter
  return node.did ? { done: out } : { not_done: out }
}

function sequenceToJson(node: SequenceLeaf): Json {
  const steps = node.steps.map((step) => {
    const filter = eventFilter(step.filters)
    return filter ? { event: step.event, filter } : { event: step.event }
  })
  const out: Obj = { steps }
  if (node.within !== null)
    out.within = node.within % 24 === 0 ? `P${node.within / 24}D` : `PT${node.within}H`
  if (node.thenNot) out.then_not = true
  if (node.last !== null) out.window = { last: node.last, unit: 'day' }
  return { sequence: out }
}

// ---- JSON → tree

/** The root is always a group: a single leaf is wrapped, which means the same. */
export function fromDef(def: Json): GroupNode {
  const node = jsonToNode(def)
  return node.type === 'group' ? node : newGroup('and', [node])
}

function jsonToNode(json: Json): TreeNode {
  const raw = (): RawLeaf => ({ id: nextId(), type: 'raw', json })
  if (!isObj(json)) return raw()
  const keys = Object.keys(json)
  if (keys.length !== 1) return raw()
  const body = json[keys[0]!]!
  switch (keys[0]) {
    case 'and':
    case 'or':
      return Array.isArray(body) ? newGroup(keys[0], body.map(jsonToNode)) : raw()
    case 'not':
      return negated(body) ?? raw()
    case 'profile':
      return profileFrom(body) ?? raw()
    case 'tag':
      return tagFrom(body) ?? raw()
    case 'done':
    case 'not_done':
      return doneFrom(body, keys[0] === 'done') ?? raw()
    case 'sequence':
      return sequenceFrom(body) ?? raw()
    case 'list': // a static segment: members are found the same way
    case 'segment':
      return typeof body === 'string'
        ? { id: nextId(), type: 'segment', segment: body, inside: true }
        : raw()
    case 'consent':
      return consentFrom(body) ?? raw()
    default:
      return raw()
  }
}

function negated(body: Json): TreeNode | null {
  const inner = jsonToNode(body)
  if (inner.type === 'segment' && inner.inside) return { ...inner, inside: false }
  if (inner.type === 'group' && !inner.negated) return { ...inner, negated: true }
  return { ...newGroup('and', [inner]), negated: true }
}

export function isObj(json: Json | undefined): json is Obj {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

const onlyKeys = (body: Obj, allowed: string[]) =>
  Object.keys(body).every((key) => allowed.includes(key))

function isValue(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.every((v) => ['string', 'number'].includes(typeof v))
  return value === undefined || value === null || ['string', 'number'].includes(typeof value)
}

function conditionFrom(body: Json | undefined, prefix: string): Condition | null {
  if (!isObj(body) || !onlyKeys(body, ['prop', 'op', 'value'])) return null
  const { prop, op, value } = body
  if (typeof prop !== 'string' || !prop.startsWith(prefix) || !isOp(op)) return null
  if (!isValue(value)) return null
  return { prop: prop.slice(prefix.length), op, value: (value ?? null) as Value }
}

function profileFrom(body: Json): ProfileLeaf | null {
  const condition = conditionFrom(body, 'profile.')
  return condition && { id: nextId(), type: 'profile', ...condition }
}

function tagFrom(body: Json): TagLeaf | null {
  if (!isObj(body) || !onlyKeys(body, ['code', 'op', 'value'])) return null
  const { code, op, value } = body
  if (typeof code !== 'string' || !isOp(op) || !isValue(value)) return null
  return { id: nextId(), type: 'tag', code, op, value: (value ?? null) as Value }
}

const COUNT_OPS: Op[] = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte']

function doneFrom(body: Json, did: boolean): DoneLeaf | null {
  if (!isObj(body)) return null
  const allowed = ['event', 'filter', 'window', ...(did ? ['op', 'value', 'agg', 'prop'] : [])]
  if (!onlyKeys(body, allowed) || typeof body.event !== 'string') return null
  const agg = (body.agg ?? 'count') as Agg
  if (!AGGS.includes(agg)) return null
  const prop = typeof body.prop === 'string' ? body.prop.replace(/^event\./, '') : ''
  if (ofProp(agg) !== (prop !== '')) return null
  const op = body.op ?? 'gte'
  const count = body.value ?? 1
  if (!COUNT_OPS.includes(op as Op) || typeof count !== 'number') return null
  const last = windowFrom(body.window)
  const filters = filtersFrom(body.filter)
  if (last === undefined || filters === null) return null
  const { event } = body
  return { ...newDone(nextId()), did, event, last, agg, prop, op: op as Op, count, filters }
}

function sequenceFrom(body: Json): SequenceLeaf | null {
  if (!isObj(body) || !onlyKeys(body, ['steps', 'within', 'then_not', 'window'])) return null
  const { steps, within, then_not } = body
  const last = windowFrom(body.window)
  const hours = within === undefined ? null : hoursFrom(within)
  if (!Array.isArray(steps) || last === undefined || hours === undefined) return null
  if (then_not !== undefined && typeof then_not !== 'boolean') return null
  const read: SequenceStep[] = []
  for (const step of steps) {
    if (!isObj(step) || !onlyKeys(step, ['event', 'filter'])) return null
    const filters = filtersFrom(step.filter)
    if (typeof step.event !== 'string' || filters === null) return null
    read.push(newStep(step.event, filters))
  }
  const id = nextId()
  return { id, type: 'sequence', steps: read, within: hours, thenNot: then_not ?? false, last }
}

/** Whole hours of a duration like P1D or PT36H; undefined for one the builder cannot show. */
function hoursFrom(text: Json): number | undefined {
  const found = /^P(?:(\d+)D)?(?:T(\d+)H)?$/.exec(typeof text === 'string' ? text : '')
  const hours = Number(found?.[1] ?? 0) * 24 + Number(found?.[2] ?? 0)
  return hours > 0 ? hours : undefined
}

/** Days, null for "ever", undefined for a window the builder cannot show. */
export function windowFrom(window: Json | undefined): number | null | undefined {
  if (window === undefined || window === null || window === 'ever') return null
  if (!isObj(window) || !onlyKeys(window, ['last', 'unit'])) return undefined
  return window.unit === 'day' && typeof window.last === 'number' ? window.last : undefined
}

function filtersFrom(filter: Json | undefined): Condition[] | null {
  if (filter === undefined || filter === null) return []
  const list = isObj(filter) && Array.isArray(filter.and) ? filter.and : [filter]
  const conditions = list.map((item) => conditionFrom(item, 'event.'))
  return conditions.every((c) => c !== null) ? conditions : null
}

function consentFrom(body: Json): ConsentLeaf | null {
  if (!isObj(body) || !onlyKeys(body, ['channel', 'purpose', 'state'])) return null
  const { channel, purpose, state } = body
  if (typeof channel !== 'string' || typeof purpose !== 'string') return null
  if (state !== 'granted' && state !== 'withdrawn') return null
  return { id: nextId(), type: 'consent', channel, purpose, state }
}

// ---- checks before anything is sent

export interface Problem {
  /** Id of the node to mark; null when it concerns the whole tree. */
  node: number | null
  /** Key under `conditions.problem`. */
  what: 'empty' | 'deep' | 'many' | 'incomplete' | 'emptyGroup'
}

export function check(root: GroupNode): Problem[] {
  const problems: Problem[] = []
  let leaves = 0
  const walk = (node: TreeNode, depth: number): void => {
    if (depth > DEPTH_MAX) problems.push({ node: node.id, what: 'deep' })
    if (node.type === 'group') {
      if (node.children.length === 0 && depth > 1) {
        problems.push({ node: node.id, what: 'emptyGroup' })
      }
      for (const child of node.children) walk(child, depth + 1)
      return
    }
    leaves++
    if (!complete(node)) problems.push({ node: node.id, what: 'incomplete' })
  }
  walk(root, 1)
  if (leaves > LEAVES_MAX) problems.push({ node: null, what: 'many' })
  if (root.children.length === 0) problems.push({ node: null, what: 'empty' })
  return problems
}

const finished = (c: Condition) => c.prop !== '' && hasValue(c)

function complete(leaf: Leaf): boolean {
  switch (leaf.type) {
    case 'profile':
      return leaf.prop !== '' && hasValue(leaf)
    case 'tag':
      return leaf.code !== '' && hasValue(leaf)
    case 'done':
      if (leaf.event === '' || (leaf.did && leaf.count === null)) return false
      if (leaf.did && ofProp(leaf.agg) && leaf.prop === '') return false
      if (leaf.last !== null && leaf.last < 1) return false
      return leaf.filters.every(finished)
    case 'sequence':
      if ((leaf.within ?? 1) < 1 || (leaf.last ?? 1) < 1) return false
      return leaf.steps.every((s) => s.event !== '' && s.filters.every(finished))
    case 'segment':
      return leaf.segment !== ''
    case 'consent':
      return leaf.channel !== '' && leaf.purpose !== ''
    case 'raw':
      return true
  }
}
