import { kind } from '../kind'
import type { RfmAnswer, StagesAnswer } from '@/shared/api-types'
import { defaults, fromQuery, toQuery, type RfmForm } from './query'
import RfmBuilder from './RfmBuilder.vue'
import { view } from './view'

/** RFM and life stages: buyers by recency, frequency and money (SEMANTICS RF1–RF3, LC1). */
export default kind<RfmForm, RfmAnswer | StagesAnswer>({
  page: 'rfm',
  kinds: ['rfm', 'stages'],
  common: ['segment'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.order.event],
  builder: RfmBuilder,
  view,
})
