import type { ProfileRow, Schema, Segment } from '@/shared/api-types'
import { get, post } from '@/shared/http'
import type { AnswerBase, Drill, Query } from './kind'

export const ask = <A extends AnswerBase>(query: Query, signal?: AbortSignal) =>
  post<A>('/api/query', query, { signal })
export const fetchSchema = () => get<Schema>('/api/schema')
export const fetchSegments = async () =>
  (await get<{ segments: Segment[] }>('/api/segments')).segments

export interface DrillPage {
  total: number
  persons: ProfileRow[]
  next: string | null
  as_of: number
}

/** The people behind a number of an answer, as of that answer (SEMANTICS DR1). */
export const drillDown = (of: Drill, cursor: string | null) =>
  post<DrillPage>('/api/query', { kind: 'drill', of, limit: 100, cursor })
