import type { QueryRange } from '@/shared/api-types'

export interface RangeToken {
  token: 'last' | 'past' | 'dates'
  n: number
  unit: string
}

/** What kind of range it is; `dates` for two dates. */
export function rangeToken(range: QueryRange): RangeToken {
  const unit = range.unit ?? 'day'
  if (range.last !== undefined) return { token: 'last', n: range.last, unit }
  if (range.past !== undefined) return { token: 'past', n: range.past, unit }
  return { token: 'dates', n: 0, unit }
}
