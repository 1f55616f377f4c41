import type { FunnelAnswer } from '@/shared/api-types'
import { kind } from '../kind'
import FunnelBuilder from './FunnelBuilder.vue'
import { defaults, fromQuery, toQuery, type FunnelForm } from './query'
import { view } from './view'

/** 漏斗: who does the steps one after the other, and who is lost where (SEMANTICS §2). */
export default kind<FunnelForm, FunnelAnswer>({
  page: 'funnel',
  kinds: ['funnel'],
  common: ['range', 'segment', 'filter', 'breakdown', 'sample'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => form.steps.map((s) => s.event),
  builder: FunnelBuilder,
  view,
})
