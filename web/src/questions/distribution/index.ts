import type { DistributionAnswer } from '@/shared/api-types'
import { kind } from '../kind'
import DistributionBuilder from './DistributionBuilder.vue'
import { defaults, fromQuery, toQuery, type DistributionForm } from './query'
import { view } from './view'

/** 分布: people by how much they did (SEMANTICS DS1). */
export default kind<DistributionForm, DistributionAnswer>({
  page: 'distribution',
  kinds: ['distribution'],
  common: ['range', 'segment', 'filter', 'breakdown'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => [form.metric.event],
  builder: DistributionBuilder,
  view,
})
