import type { Schema, Segment } from '@/shared/api-types'
import { get, post } from '@/shared/http'
import type { AnswerBase, Drill, Query } from './kind'

export const ask = <A extends AnswerBase>(query: Query, signal?: AbortSignal) =>
  post<A>('/api/query', query, { signal })
export const fetchSchema = () => get<Schema>('/api/schema')
export const fetchSegments = async () =>
  (await get<{ segments: Segment[] }>('/api/segments')).segments

export interface DrillPage {
  total: number
  profiles: { profile_id: string; display_name: string }[]
  next: string | null
}

/** The people behind a number of an answer, as of that answer (SEMANTICS DR1). */
export const drillDown = (of: Drill, as_of: number, cursor: string | null) =>
  post<DrillPage>('/api/drill', { of, as_of, limit: 100, ...(cursor ? { cursor } : {}) })

/** Keeps those people as a static segment. */
export const saveDrill = (of: Drill, as_of: number, name: string) =>
  post('/api/drill', { of, as_of, limit: 1, save_as_segment: { name } })
