import type { Schema } from '@/shared/api-types'
import { isComparable } from '@/shared/condition'
import {
  commonForm,
  commonFrom,
  commonJson,
  commonReady,
  listOf,
  oneOf,
  textOf,
  type CommonForm,
} from '../common'
import { parseBins } from '../distribution/query'
import type { Query } from '../kind'

export interface PropertyForm extends CommonForm {
  /** Full name such as `profile.province`. */
  prop: string
  as: (typeof AS)[number]
  /** Lower bounds for numbers; empty for the server's own. */
  bins: string
}

export const AS = ['auto', 'category', 'number', 'date'] as const

export function defaults(schema: Schema): PropertyForm {
  const names = schema.traits
    .filter((t) => t.data_class === 'public' && isComparable(t.type))
    .map((t) => t.name)
  const wanted = ['province', 'city', 'member_level', 'mp_subscribe_scene']
  const first = wanted.find((name) => names.includes(name)) ?? names[0]
  return { ...commonForm(), prop: first ? `profile.${first}` : '', as: 'auto', bins: '' }
}

export function toQuery(form: PropertyForm): Query | null {
  const bins = parseBins(form.bins)
  if (form.prop === '' || bins === null || !commonReady(form)) return null
  const numeric = form.as === 'auto' || form.as === 'number'
  return {
    kind: 'property',
    ...commonJson(form, ['segment', 'filter']),
    prop: form.prop,
    as: form.as,
    ...(numeric && bins.length > 0 ? { bins } : {}),
  }
}

export function fromQuery(query: Query): PropertyForm {
  return {
    ...commonFrom(query),
    prop: textOf(query.prop),
    as: oneOf(query.as, AS),
    bins: listOf(query.bins).map(String).join(', '),
  }
}
