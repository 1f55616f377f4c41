import { kind } from '../kind'
import ActiveBuilder from './ActiveBuilder.vue'
import { COMMON, defaults, fromQuery, toQuery, type ActiveForm } from './query'
import { view, type ActiveAnswer } from './view'

/** 活跃: how many are active, how often, and who is new, back or gone (SEMANTICS TR5–TR7). */
export default kind<ActiveForm, ActiveAnswer>({
  page: 'active',
  kinds: ['trends', 'stickiness', 'lifecycle'],
  common: (form) => COMMON[form.what],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.active.event],
  builder: ActiveBuilder,
  view,
})
