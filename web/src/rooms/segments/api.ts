import type {
  ProfileList,
  SegmentDef,
  SegmentChanges,
  SegmentDetail,
  SegmentMembers,
  SegmentSaved,
  SegmentWhy,
} from '@/shared/api-types'
import { del, get, post, put, withQuery } from '@/shared/http'

const at = (id: string) => `/api/segments/${encodeURIComponent(id)}`

export const fetchSegment = (id: string) => get<SegmentDetail>(at(id))
export const saveSegment = (id: string, name: string, def: SegmentDef) =>
  put<SegmentSaved>(at(id), { name, def })
export const deleteSegment = (id: string) => del(at(id))
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
