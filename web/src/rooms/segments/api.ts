import type {
  ProfileList,
  Schema,
  Segment,
  SegmentDef,
  SegmentChanges,
  SegmentDetail,
  SegmentMembers,
  SegmentPreview,
  SegmentSaved,
  SegmentWhy,
  Tag,
} from '@/shared/api-types'
import { del, get, post, put, withQuery } from '@/shared/http'

const at = (id: string) => `/api/segments/${encodeURIComponent(id)}`

export const fetchSegments = async () =>
  (await get<{ segments: Segment[] }>('/api/segments')).segments
export const fetchSegment = (id: string) => get<SegmentDetail>(at(id))
export const saveSegment = (id: string, name: string, def: SegmentDef) =>
  put<SegmentSaved>(at(id), { name, def })
export const deleteSegment = (id: string) => del(at(id))
export const previewSegment = (def: SegmentDef, signal: AbortSignal) =>
  post<SegmentPreview>('/api/segments/preview', { def }, { signal })
export const fetchSchema = () => get<Schema>('/api/schema')
export const fetchTags = async () => (await get<{ tags: Tag[] }>('/api/tags')).tags
export const fetchWhy = (id: string, profile_id: string) =>
  get<SegmentWhy>(withQuery(`${at(id)}/why`, { profile_id }))
export const fetchChanges = (
  id: string,
  query: { since: number; kind?: string; before?: string; limit?: number },
) => get<SegmentChanges>(withQuery(`${at(id)}/changes`, query))
export const fetchMembersAt = (id: string, query: { at: string; after?: string; limit?: number }) =>
  get<SegmentMembers>(withQuery(`${at(id)}/members`, query))
export const findPeople = (query: string) =>
  get<ProfileList>(withQuery('/api/profiles', { query, limit: 5 }))
export const combineSegments = (body: { name: string; op?: string; of: string[] }) =>
  post<{ id: string; name: string; count: number }>('/api/segments/combine', body)
