import type { Json, Tag, TagHolder, TagImport, TagTemplate } from '@/shared/api-types'
import { del, get, post, put, withQuery } from '@/shared/http'

export const fetchTemplates = async () =>
  (await get<{ templates: TagTemplate[] }>('/api/tags/templates')).templates

const at = (code: string) => `/api/tags/${encodeURIComponent(code)}`

export const saveTag = (code: string, definition: { [key: string]: Json }) =>
  put<Tag>(at(code), definition)

export const deleteTag = (code: string) => del<unknown>(at(code))

export interface TagRow {
  kind: string
  scope: string
  identity: string
  tag: string
  value: string
}
export const importTags = (rows: TagRow[], dry_run: boolean) =>
  post<TagImport>('/api/tags/import', { rows, dry_run })

/** Everybody with the tag, page after page. */
export async function fetchHolders(code: string): Promise<TagHolder[]> {
  const all: TagHolder[] = []
  let cursor = ''
  do {
    const page = await get<{ people: TagHolder[]; next_cursor: string }>(
      withQuery(`${at(code)}/people`, { limit: 1000, cursor }),
    )
    all.push(...page.people)
    cursor = page.next_cursor
  } while (cursor !== '')
  return all
}
