import { kind } from '../kind'
import type { AttributionAnswer } from '@/shared/api-types'
import AttributionBuilder from './AttributionBuilder.vue'
import { defaults, fromQuery, toQuery, type AttributionForm } from './query'
import { view } from './view'

/** 归因: which channel earned an order, by several models (SEMANTICS §5). */
export default kind<AttributionForm, AttributionAnswer>({
  page: 'attribution',
  kinds: ['attribution'],
  common: ['range', 'segment'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.conversion.event],
  builder: AttributionBuilder,
  view,
})
