import type { PathsAnswer, SessionsAnswer } from '@/shared/api-types'
import { kind } from '../kind'
import PathsBuilder from './PathsBuilder.vue'
import { defaults, fromQuery, toQuery, type PathsForm } from './query'
import { view } from './view'

/** 会话与路径: what people do in a visit, and where they go (SEMANTICS §4). */
export default kind<PathsForm, PathsAnswer | SessionsAnswer>({
  page: 'paths',
  kinds: ['paths', 'sessions'],
  common: ['range', 'interval', 'segment', 'filter', 'breakdown'],
  defaults,
  toQuery,
  fromQuery,
  events: (form) => (form.what === 'paths' ? [form.event.event] : []),
  builder: PathsBuilder,
  view,
})
