import type { TrendsAnswer } from '@/shared/api-types'
import { kind } from '../kind'
import { defaults, fromQuery, toQuery, type TrendsForm } from './query'
import TrendsBuilder from './TrendsBuilder.vue'
import { view } from './view'

/** 事件分析: how often, by how many, for how much, over time (SEMANTICS §1). */
export default kind<TrendsForm, TrendsAnswer>({
  page: 'trends',
  kinds: ['trends'],
  common: ['range', 'interval', 'segment', 'filter', 'breakdown', 'compare', 'sample'],
  defaults: (schema) => defaults(schema),
  toQuery,
  fromQuery,
  events: (form) => form.series.map((s) => s.event),
  builder: TrendsBuilder,
  view,
})
