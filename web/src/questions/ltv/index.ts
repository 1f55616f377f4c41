import { kind } from '../kind'
import type { ClvAnswer, LtvAnswer, RepurchaseAnswer } from '@/shared/api-types'
import LtvBuilder from './LtvBuilder.vue'
import { COMMON, defaults, fromQuery, toQuery, type LtvForm } from './query'
import { view } from './view'

/** LTV 与复购: what people were and will be worth, and who buys again (SEMANTICS LT, RP, CL). */
export default kind<LtvForm, LtvAnswer | RepurchaseAnswer | ClvAnswer>({
  page: 'ltv',
  kinds: ['ltv', 'repurchase', 'clv'],
  common: (form) => COMMON[form.what],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.acquisition.event],
  builder: LtvBuilder,
  view,
})
