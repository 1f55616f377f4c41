// What operators choose from in several rooms: events and traits, tags, segments.
import type { Schema, Segment, SegmentDef, SegmentPreview, Tag } from './api-types'
import { get, post } from './http'

export const fetchSchema = () => get<Schema>('/api/schema')
export const fetchTags = async () => (await get<{ tags: Tag[] }>('/api/tags')).tags
export const fetchSegments = async () =>
  (await get<{ segments: Segment[] }>('/api/segments')).segments

/** Who a condition holds for now: how many, and some of them. */
export const previewSegment = (def: SegmentDef, signal: AbortSignal) =>
  post<SegmentPreview>('/api/segments/preview', { def }, { signal })
