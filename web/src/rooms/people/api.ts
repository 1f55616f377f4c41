import type { ProfileDetail, ProfileList, Segment, Timeline, Unmerge } from '@/shared/api-types'
import { get, post, withQuery } from '@/shared/http'

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
