import { describe, expect, it } from 'vitest'
import type { SegmentDef } from '@/shared/api-types'
import { canCombine, combineDef, OPS, type SetOp } from './combine'

/** What a definition says of somebody who is in these segments. */
function holds(def: SegmentDef, of: Set<string>): boolean {
  const d = def as Record<string, never>
  if (d.segment) return of.has(d.segment)
  if (d.not) return !holds(d.not, of)
  if (d.and) return (d.and as SegmentDef[]).every((x) => holds(x, of))
  return (d.or as SegmentDef[]).some((x) => holds(x, of))
}

const RULES: Record<SetOp, (a: boolean, b: boolean) => boolean> = {
  union: (a, b) => a || b,
  intersect: (a, b) => a && b,
  minus: (a, b) => a && !b,
  xor: (a, b) => a !== b,
}

describe('segments by set algebra', () => {
  it('says of everybody what the sets say', () => {
    for (const op of OPS) {
      for (const [a, b] of [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ] as const) {
        const of = new Set([...(a ? ['a'] : []), ...(b ? ['b'] : [])])
        expect(holds(combineDef(op, ['a', 'b']), of), `${op} ${a} ${b}`).toBe(RULES[op](a, b))
      }
    }
  })
  it('takes several from the first', () => {
    const def = combineDef('minus', ['a', 'b', 'c'])
    expect(holds(def, new Set(['a']))).toBe(true)
    expect(holds(def, new Set(['a', 'c']))).toBe(false)
  })
  it('asks for two at least, and for the difference of exactly two', () => {
    expect(canCombine('union', ['a'])).toBe(false)
    expect(canCombine('xor', ['a', 'b', 'c'])).toBe(false)
    expect(canCombine('minus', ['a', 'b', 'c'])).toBe(true)
  })
})
