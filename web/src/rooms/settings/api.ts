import { get } from '@/shared/http'

export interface Health {
  status?: string
  version?: string
}

/** `/healthz` may answer plain text; then only its success is known. */
export async function fetchHealth(): Promise<Health> {
  return (await get<Health | null>('/healthz')) ?? {}
}
