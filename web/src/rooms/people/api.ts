import type {
  IdentityDifference,
  IdentityResolutions,
  IdentityRules,
  IdentityRulesChange,
  IdentityRulesState,
  Json,
  ProfileDetail,
  ProfileList,
  Segment,
  TagPeriod,
  Timeline,
  TraitPast,
  TraitRegistry,
  TraitSchema,
  TraitSchemaChange,
  Unmerge,
} from '@/shared/api-types'
import { del, get, post, put, withQuery } from '@/shared/http'

export interface PeopleFilter {
  query: string
  segment: string
  frozen: boolean
}
export const fetchProfiles = ({ query, segment, frozen }: PeopleFilter, cursor?: string) =>
  get<ProfileList>(
    withQuery('/api/profiles', {
      query,
      segment,
      frozen: frozen ? 'true' : '',
      limit: 50,
      cursor,
    }),
  )

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

const tagAt = (id: string, code: string) => `${at(id)}/tags/${encodeURIComponent(code)}`

export const giveTag = (id: string, code: string, value: Json, lock: boolean) =>
  put<unknown>(tagAt(id, code), { value, lock })

export const takeTag = (id: string, code: string) => del<unknown>(tagAt(id, code))

export const fetchTagHistory = async (id: string, tag: string) =>
  (await get<{ periods: TagPeriod[] }>(withQuery(`${at(id)}/tags/history`, { tag }))).periods

const RULES = '/api/identity/rules'
const RESOLUTIONS = '/api/identity/resolutions'

export const fetchRules = () => get<IdentityRulesState>(RULES)
export const compareRules = (rules: IdentityRules) =>
  put<IdentityRulesChange>(`${RULES}?dry_run=true`, rules)
/** They hold for what arrives from now on; who is together stays together. */
export const saveRules = (rules: IdentityRules) => put<IdentityRulesChange>(RULES, rules)

export type RulesChoice = { rules: IdentityRules } | { version: number }
export const previewRules = (choice: RulesChoice) =>
  post<IdentityDifference>(RESOLUTIONS, { ...choice, dry_run: true })
export const applyRules = (choice: RulesChoice, reason: string) =>
  post<{ id: string }>(RESOLUTIONS, { ...choice, reason })
export const fetchResolutions = () => get<IdentityResolutions>(RESOLUTIONS)
export const stopResolution = (id: string) =>
  del<unknown>(`${RESOLUTIONS}/${encodeURIComponent(id)}`)

export const fetchTraits = () => get<TraitRegistry>('/api/traits')
export const compareTraits = (schema: TraitSchema) =>
  put<TraitSchemaChange>('/api/traits?dry_run=true', schema)
export const saveTraits = (schema: TraitSchema) => put<TraitSchemaChange>('/api/traits', schema)

export const fetchTraitHistory = (id: string, trait: string) =>
  get<TraitPast>(withQuery(`${at(id)}/traits/history`, { trait }))

export const writeTraits = (id: string, body: { set?: Record<string, Json>; unset?: string[] }) =>
  post<unknown>(`${at(id)}/traits`, body)
