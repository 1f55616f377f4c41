import type { FullChainAnswer } from '@/shared/api-types'
import { kind } from '../kind'
import ChainBuilder from './ChainBuilder.vue'
import { defaults, fromQuery, toQuery, type ChainForm } from './query'
import { view } from './view'

/** 全链路: from advertising into the private domain, to orders and what they return (AT8–AT10). */
export default kind<ChainForm, FullChainAnswer>({
  page: 'chain',
  kinds: ['full_chain'],
  common: ['range', 'interval', 'segment', 'filter'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => form.entries,
  builder: ChainBuilder,
  view,
})
