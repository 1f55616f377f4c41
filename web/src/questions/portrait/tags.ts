// The tag library, for names of features that are tags. Asked for once, when first needed.
import { shallowRef } from 'vue'
import type { Tag } from '@/shared/api-types'
import { get } from '@/shared/http'

const tags = shallowRef<Tag[]>([])
let asked: Promise<void> | null = null

/** Resolves also when the library cannot be read: then tags are shown by their code. */
export function loadTags(): Promise<void> {
  asked ??= get<{ tags: Tag[] }>('/api/tags').then(
    (answer) => {
      tags.value = answer.tags
    },
    () => {
      asked = null
    },
  )
  return asked
}

export function tagList(): Tag[] {
  void loadTags()
  return tags.value
}

export const tagName = (code: string) => tagList().find((tag) => tag.code === code)?.name ?? code
