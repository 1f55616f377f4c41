import { kind } from '../kind'
import type { LtvAnswer, RepurchaseAnswer } from '@/shared/api-types'
import LtvBuilder from './LtvBuilder.vue'
import { defaults, fromQuery, toQuery, type LtvForm } from './query'
import { view } from './view'

/** LTV 与复购: what people are worth over time, and who buys again (SEMANTICS LT1–LT2, RP1). */
export default kind<LtvForm, LtvAnswer | RepurchaseAnswer>({
  page: 'ltv',
  kinds: ['ltv', 'repurchase'],
  common: ['range', 'interval', 'segment', 'breakdown'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.acquisition.event],
  builder: LtvBuilder,
  view,
})
