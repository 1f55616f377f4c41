import { kind } from '../kind'
import type { PropertyAnswer } from '@/shared/api-types'
import PropertyBuilder from './PropertyBuilder.vue'
import { defaults, fromQuery, toQuery, type PropertyForm } from './query'
import { view } from './view'

/** 属性: how people are spread over a property of theirs (SEMANTICS DS3). */
export default kind<PropertyForm, PropertyAnswer>({
  page: 'property',
  kinds: ['property'],
  common: ['segment'],
  defaults,
  toQuery,
  fromQuery,
  events: () => [],
  builder: PropertyBuilder,
  view,
})
