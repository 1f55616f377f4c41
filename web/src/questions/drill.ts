import type { AnswerBase, Drill } from './kind'

/**
 * Names one number of `answer` (SEMANTICS DR1); nothing when no people are kept behind it, or only
 * a part of them.
 */
export function drillOf(answer: AnswerBase, cell: Drill): { drill?: Drill } {
  if (!answer.query_hash || answer.approx || answer.cut_short) return {}
  return { drill: { query_hash: answer.query_hash, ...cell } }
}
