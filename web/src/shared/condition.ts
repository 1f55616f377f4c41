// One comparison of a property with a value, as in SEMANTICS §0 "Filter grammar".
import type { Filter, Json } from './api-types'

export type Op =
  | 'eq'
  | 'neq'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'between'
  | 'in'
  | 'not_in'
  | 'contains'
  | 'not_contains'
  | 'is_set'
  | 'is_not_set'

export type Value = string | number | (string | number)[] | null

export interface Condition {
  prop: string
  op: Op
  value: Value
}

const NUMBER: Op[] = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'between', 'in', 'not_in']
const TEXT: Op[] = ['eq', 'neq', 'in', 'not_in', 'contains', 'not_contains']
const SET: Op[] = ['is_set', 'is_not_set']
const ALL = [...new Set([...NUMBER, ...TEXT, ...SET])]

export const isOp = (op: unknown): op is Op => ALL.includes(op as Op)

export const isNumeric = (type: string | undefined) =>
  ['number', 'int', 'int64', 'integer', 'double', 'float', 'money'].includes(type ?? '')

/** Personal values are stored sealed: nothing can be compared with them. */
export const isComparable = (type: string) => type !== 'sealed' && type !== 'json'

/** The comparisons that make sense for a property of this type. */
export function opsFor(type: string | undefined): Op[] {
  return [...(isNumeric(type) ? NUMBER : TEXT), ...SET]
}

const needsNoValue = (op: Op) => op === 'is_set' || op === 'is_not_set'

/** Has the operator everything it needs? */
export function hasValue({ op, value }: { op: Op; value: Value }): boolean {
  if (needsNoValue(op)) return true
  if (op === 'between') {
    return Array.isArray(value) && value.length === 2 && value.every((v) => typeof v === 'number')
  }
  if (op === 'in' || op === 'not_in') return Array.isArray(value) && value.length > 0
  return value !== null && value !== '' && !Array.isArray(value)
}

export function withValue(
  out: { [key: string]: Json },
  condition: { op: Op; value: Value },
): { [key: string]: Json } {
  if (!needsNoValue(condition.op)) out.value = condition.value
  return out
}

/** All conditions must hold; undefined when there are none. Names get the `event.` prefix. */
export function eventFilter(conditions: Condition[]): Filter | undefined {
  const list = conditions.map(({ prop, op, value }) =>
    withValue({ prop: `event.${prop}`, op }, { op, value }),
  )
  if (list.length === 0) return undefined
  return list.length === 1 ? list[0] : { and: list }
}
