import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Schema, Segment, Tag } from '@/shared/api-types'

/** What can be chosen in the builder; provided once by the page. */
export interface Catalog {
  schema: Schema
  tags: Tag[]
  segments: Segment[]
}

const KEY: InjectionKey<ComputedRef<Catalog>> = Symbol('catalog')

export const provideCatalog = (catalog: ComputedRef<Catalog>) => provide(KEY, catalog)

export function useCatalog(): ComputedRef<Catalog> {
  const catalog = inject(KEY)
  if (!catalog) throw new Error('the segment builder needs a catalog around it')
  return catalog
}
