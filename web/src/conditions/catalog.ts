import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import { useWords } from '@/shared/i18n'
import type { Schema, Segment, Tag } from '@/shared/api-types'
import { fetchSchema, fetchSegments, fetchTags } from '@/shared/library'

/** What can be chosen in the builder; provided once by the page. */
export interface Catalog {
  schema: Schema
  tags: Tag[]
  segments: Segment[]
}

export async function fetchCatalog(): Promise<Catalog> {
  const [schema, tags, segments] = await Promise.all([fetchSchema(), fetchTags(), fetchSegments()])
  return { schema, tags, segments }
}
/** Until it has arrived. */
export const NO_CATALOG: Catalog = { schema: { events: [], traits: [] }, tags: [], segments: [] }

const KEY: InjectionKey<ComputedRef<Catalog>> = Symbol('catalog')

export const provideCatalog = (catalog: ComputedRef<Catalog>) => provide(KEY, catalog)

export function useCatalog(): ComputedRef<Catalog> {
  const catalog = inject(KEY)
  if (!catalog) throw new Error('the segment builder needs a catalog around it')
  return catalog
}

/** Events to choose from, by their words and their names. */
export function useEventChoices() {
  const { word } = useWords()
  const catalog = useCatalog()
  return computed(() =>
    catalog.value.schema.events.map((e) => ({
      value: e.name,
      label: word('event', e.name) === e.name ? e.name : `${word('event', e.name)} ${e.name}`,
    })),
  )
}
