// Set algebra of segments (SG7): as a definition that goes on following them.
import type { SegmentDef } from '@/shared/api-types'

export const OPS = ['union', 'intersect', 'minus', 'xor'] as const
export type SetOp = (typeof OPS)[number]

const one = (segment: string) => ({ segment })
const not = (segment: string) => ({ not: { segment } })

/** As `POST /api/segments/combine` reads them: from the left. */
export function combineDef(op: SetOp, of: string[]): SegmentDef {
  const [first = '', ...rest] = of
  switch (op) {
    case 'union':
      return { or: of.map(one) }
    case 'intersect':
      return { and: of.map(one) }
    case 'minus':
      return { and: [one(first), ...rest.map(not)] }
    case 'xor':
      return {
        or: [{ and: [one(first), ...rest.map(not)] }, { and: [...rest.map(one), not(first)] }],
      }
  }
}

/** Two at least; the symmetric difference is of two. */
export const canCombine = (op: SetOp, of: string[]) =>
  of.length >= 2 && (op !== 'xor' || of.length === 2)
