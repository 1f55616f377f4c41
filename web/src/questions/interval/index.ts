import { kind } from '../kind'
import type { IntervalAnswer } from '@/shared/api-types'
import IntervalBuilder from './IntervalBuilder.vue'
import { defaults, fromQuery, toQuery, type IntervalForm } from './query'
import { view } from './view'

/** 间隔: the time from one event to the next (SEMANTICS DS2). */
export default kind<IntervalForm, IntervalAnswer>({
  page: 'interval',
  kinds: ['interval'],
  common: ['range', 'interval', 'segment', 'filter', 'breakdown'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.start.event],
  builder: IntervalBuilder,
  view,
})
