// Why somebody is in a segment or is not: the answer's tree beside the definition's, as lines to
// read from top to bottom.
import type { ConditionWhy, Json } from '@/shared/api-types'

export interface WhyLine {
  depth: number
  holds: boolean
  /** A group says how its lines are joined; a leaf is a definition of its own. */
  group: 'and' | 'or' | 'not' | null
  def: Json
  /** What was found of the person; of a group nothing. */
  found: ConditionWhy | null
}

const field = (def: Json, key: string): Json | undefined =>
  typeof def === 'object' && def !== null && !Array.isArray(def) ? def[key] : undefined

export function whyLines(def: Json, why: ConditionWhy, depth = 0): WhyLine[] {
  const line = { depth, holds: why.value, def }
  const children = why.children ?? []
  if (why.kind === 'not') {
    // "not done" is one condition to whoever wrote it, though two to the evaluator.
    if (field(def, 'not_done') !== undefined)
      return [{ ...line, group: null, found: children[0] ?? null }]
    const inner = children[0]
    const rest = inner ? whyLines(field(def, 'not') ?? null, inner, depth + 1) : []
    return [{ ...line, group: 'not', found: null }, ...rest]
  }
  if (why.kind === 'and' || why.kind === 'or') {
    const group = why.kind
    const defs = field(def, group)
    const parts = Array.isArray(defs) ? defs : []
    return [
      { ...line, group, found: null },
      ...children.flatMap((child, i) => whyLines(parts[i] ?? null, child, depth + 1)),
    ]
  }
  return [{ ...line, group: null, found: why }]
}
