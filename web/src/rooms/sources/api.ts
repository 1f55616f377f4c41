import type { Connector, ImportRow, QuarantineList } from '@/shared/api-types'
import { get, post, withQuery } from '@/shared/http'

export const fetchConnectors = async () =>
  (await get<{ connectors: Connector[] }>('/api/connectors')).connectors
export const fetchQuarantine = (cursor?: string) =>
  get<QuarantineList>(withQuery('/api/quarantine', { limit: 20, cursor }))
export const replayItem = (id: string) =>
  post<{ replayed: boolean }>(`/api/quarantine/${encodeURIComponent(id)}/replay`)
export const discardItem = (id: string) =>
  post<{ discarded: boolean }>(`/api/quarantine/${encodeURIComponent(id)}/discard`)
export const fetchImports = async () =>
  (await get<{ imports: ImportRow[] }>('/api/imports')).imports
