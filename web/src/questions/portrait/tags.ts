// The tag library, for names of features that are tags. Asked for once, when first needed.
import { shallowRef } from 'vue'
import type { Tag } from '@/shared/api-types'
import { fetchTags } from '@/shared/library'

const tags = shallowRef<Tag[]>([])
let asked: Promise<void> | null = null

/** Resolves also when the library cannot be read: then tags are shown by their code. */
export function loadTags(): Promise<void> {
  asked ??= fetchTags().then(
    (all) => {
      tags.value = all
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
