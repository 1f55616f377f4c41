import { kind } from '../kind'
import type { PortraitAnswer } from '@/shared/api-types'
import PortraitBuilder from './PortraitBuilder.vue'
import { defaults, fromQuery, toQuery, type PortraitForm } from './query'
import { view } from './view'

/** 群体画像: what a group of people is like beside another. */
export default kind<PortraitForm, PortraitAnswer>({
  page: 'portrait',
  kinds: ['portrait'],
  common: ['segment', 'range'],
  defaults,
  toQuery,
  fromQuery,
  events: () => [],
  builder: PortraitBuilder,
  view,
})
