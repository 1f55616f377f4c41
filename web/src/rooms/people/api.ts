import type {
  Json,
  ProfileDetail,
  ProfileList,
  Segment,
  Tag,
  TagPeriod,
  Timeline,
  Unmerge,
} from '@/shared/api-types'
import { del, get, post, put, withQuery } from '@/shared/http'

export const fetchProfiles = (query: string, segment: string, cursor?: string) =>
  get<ProfileList>(withQuery('/api/profiles', { query, segment, limit: 50, cursor }))

export const fetchSegmentNames = async () =>
  (await get<{ segments: Segment[] }>('/api/segments')).segments

const at = (id: string) => `/api/profiles/${encodeURIComponent(id)}`

export const fetchProfile = (id: string) => get<ProfileDetail>(at(id))

export const fetchTimeline = (id: string, before?: string) =>
  get<Timeline>(withQuery(`${at(id)}/timeline`, { limit: 30, before }))

/** Clear text of one personal trait. The server writes who looked into its audit log. */
export const revealTrait = async (id: string, trait: string) =>
  (await post<{ value: string }>(`${at(id)}/reveal`, { trait })).value

export const previewUnmerge = (id: string, apart: number[]) =>
  post<Unmerge>(`${at(id)}/unmerge`, { apart, dry_run: true })

export const unmerge = (id: string, apart: number[], reason: string) =>
  post<Unmerge>(`${at(id)}/unmerge`, { apart, reason })

export const eraseProfile = (id: string, reason: string) =>
  post<{ erased: boolean }>(`${at(id)}/erase`, { reason })

export const fetchTags = async () => (await get<{ tags: Tag[] }>('/api/tags')).tags

const tagAt = (id: string, code: string) => `${at(id)}/tags/${encodeURIComponent(code)}`

export const giveTag = (id: string, code: string, value: Json, lock: boolean) =>
  put<unknown>(tagAt(id, code), { value, lock })

export const takeTag = (id: string, code: string) => del<unknown>(tagAt(id, code))

export const fetchTagHistory = async (id: string, tag: string) =>
  (await get<{ periods: TagPeriod[] }>(withQuery(`${at(id)}/tags/history`, { tag }))).periods
