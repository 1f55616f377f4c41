import type { DrillAnswer, Segment } from '@/shared/api-types'
import { get, post } from '@/shared/http'
import type { AnswerBase, Drill, Query } from './kind'

export const ask = <A extends AnswerBase>(query: Query, signal?: AbortSignal) =>
  post<A>('/api/query', query, { signal })
export const fetchSegments = async () =>
  (await get<{ segments: Segment[] }>('/api/segments')).segments

/** The people behind a number of an answer, as of that answer (SEMANTICS DR1). */
export const drillDown = (of: Drill, cursor: string | null) =>
  post<DrillAnswer>('/api/query', { kind: 'drill', of, limit: 100, cursor })

/** Makes everybody behind the number a static segment (SG6). */
export const saveAsSegment = (of: Drill, name: string, id: string) =>
  post<DrillAnswer>('/api/query', {
    kind: 'drill',
    of,
    limit: 1,
    save_as_segment: { name, ...(id ? { id } : {}) },
  })
