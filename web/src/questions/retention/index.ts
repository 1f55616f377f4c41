import type { RetentionAnswer } from '@/shared/api-types'
import { kind } from '../kind'
import { defaults, fromQuery, toQuery, type RetentionForm } from './query'
import RetentionBuilder from './RetentionBuilder.vue'
import { view } from './view'

/** 留存: of those who did the first thing, how many come back, when (SEMANTICS §3). */
export default kind<RetentionForm, RetentionAnswer>({
  page: 'retention',
  kinds: ['retention'],
  common: ['range', 'segment', 'filter', 'breakdown'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.start.event],
  builder: RetentionBuilder,
  view,
})
