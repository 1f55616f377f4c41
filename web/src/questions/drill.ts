import type { AnswerBase, Drill } from './kind'

/** Names one number of `answer` (SEMANTICS DR1); nothing when no people are kept behind it. */
export function drillOf(answer: AnswerBase, cell: Drill): { drill?: Drill } {
  if (!answer.query_hash || answer.approx) return {}
  return { drill: { query_hash: answer.query_hash, ...cell } }
}
