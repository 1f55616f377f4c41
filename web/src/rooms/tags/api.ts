import type { Tag } from '@/shared/api-types'
import { get } from '@/shared/http'

export const fetchTags = async () => (await get<{ tags: Tag[] }>('/api/tags')).tags
