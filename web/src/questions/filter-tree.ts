// A filter (SEMANTICS §0) as a tree that can be edited, and back. What the editor cannot show stays
// in the tree as `raw`, so that opening and asking again never loses a condition.
import type { Filter, Json } from '@/shared/api-types'
import { hasValue, isOp, withValue, type Condition, type Value } from '@/shared/condition'

/** A comparison; `prop` is the full name such as `event.amount_fen`. */
export type FilterLeaf = { type: 'leaf' } & Condition
export type FilterRaw = { type: 'raw'; json: Json }
export interface FilterGroup {
  type: 'group'
  op: 'and' | 'or'
  not: boolean
  items: FilterNode[]
}
export type FilterNode = FilterLeaf | FilterRaw | FilterGroup

export const DEPTH_MAX = 3

export const newGroup = (items: FilterNode[] = [], op: 'and' | 'or' = 'and'): FilterGroup => ({
  type: 'group',
  op,
  not: false,
  items,
})
export const newLeaf = (): FilterLeaf => ({ type: 'leaf', prop: '', op: 'eq', value: null })

export function isComplete(node: FilterNode): boolean {
  if (node.type === 'group') return node.items.every(isComplete)
  return node.type === 'raw' || (node.prop !== '' && hasValue(node))
}

/** Undefined for a group without conditions: no filter at all. */
export function toFilter(group: FilterGroup): Filter | undefined {
  const items = group.items
    .map((node) => {
      if (node.type === 'raw') return node.json
      if (node.type === 'group') return toFilter(node)
      return withValue({ prop: node.prop, op: node.op }, node)
    })
    .filter((item): item is Filter => item !== undefined)
  if (items.length === 0) return undefined
  const inner = items.length === 1 ? items[0]! : { [group.op]: items }
  return group.not ? { not: inner } : inner
}

export function fromFilter(filter: Json | undefined): FilterGroup {
  if (filter === undefined || filter === null) return newGroup()
  const node = nodeOf(filter)
  return node.type === 'group' ? node : newGroup([node])
}

function nodeOf(json: Json): FilterNode {
  const raw: FilterRaw = { type: 'raw', json }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return raw
  const keys = Object.keys(json)
  if (keys.length === 1 && (keys[0] === 'and' || keys[0] === 'or')) {
    const list = json[keys[0]]
    return Array.isArray(list) ? newGroup(list.map(nodeOf), keys[0]) : raw
  }
  if (keys.length === 1 && keys[0] === 'not') {
    const inner = nodeOf(json.not!)
    if (inner.type === 'group' && !inner.not) return { ...inner, not: true }
    return { ...newGroup([inner]), not: true }
  }
  return leafOf(json) ?? raw
}

function leafOf(json: { [key: string]: Json }): FilterLeaf | null {
  const { prop, op, value = null, ...rest } = json
  if (typeof prop !== 'string' || !isOp(op) || Object.keys(rest).length > 0) return null
  const simple = (v: Json) => v === null || typeof v === 'string' || typeof v === 'number'
  if (!(Array.isArray(value) ? value.every(simple) : simple(value))) return null
  return { type: 'leaf', prop, op, value: value as Value }
}
