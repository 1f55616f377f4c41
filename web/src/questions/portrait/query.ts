import type { Json, Schema } from '@/shared/api-types'
import { isComparable } from '@/shared/condition'
import {
  commonForm,
  commonFrom,
  commonJson,
  commonReady,
  listOf,
  objectOf,
  textOf,
  type CommonForm,
} from '../common'
import type { Query } from '../kind'

export interface PortraitForm extends CommonForm {
  /** Id of a segment to hold the group against; empty for everybody. */
  baseline: string
  /** As the API names them: `profile.city`, `tag.vip`, `hour`. */
  features: string[]
  /** Bins of features, and a filter of the baseline, as somebody else wrote them. */
  bins: Record<string, Json>
  baselineFilter: Json
}

export const FEATURES_MAX = 40
/** What everybody has, whatever is recorded of them. */
export const BEHAVIOUR = ['event', 'hour', 'weekday', 'spend'] as const

const FIRST = ['province', 'city', 'gender', 'age', 'member_level', 'mp_subscribe_scene']
/** Properties of events that say where somebody came from, as the protocols name them. */
const SOURCES = ['utm_source', '$utm_source', '$latest_utm_source', 'source']
const TRAITS_SHOWN = 6
const TAGS_SHOWN = 8

export function traitNames(schema: Schema): string[] {
  const names = schema.traits
    .filter((t) => t.data_class === 'public' && (isComparable(t.type) || t.type === 'list'))
    .map((t) => t.name)
  return [...FIRST.filter((n) => names.includes(n)), ...names.filter((n) => !FIRST.includes(n))]
}

/** What says most of people at first sight: traits, tags, where they came from, what they do. */
export function features(schema: Schema, tags: string[]): string[] {
  const known = new Set(schema.events.flatMap((e) => e.properties.map((p) => p.name)))
  const source = SOURCES.find((name) => known.has(name))
  return [
    ...traitNames(schema)
      .slice(0, TRAITS_SHOWN)
      .map((name) => `profile.${name}`),
    ...tags.slice(0, TAGS_SHOWN).map((code) => `tag.${code}`),
    ...(source ? [`first.${source}`, `last.${source}`] : []),
    ...BEHAVIOUR,
  ]
}

export const defaults = (schema: Schema): PortraitForm => ({
  ...commonForm(),
  baseline: '',
  features: features(schema, []),
  bins: {},
  baselineFilter: null,
})

export function toQuery(form: PortraitForm): Query | null {
  if (form.features.length === 0 || form.features.length > FEATURES_MAX || !commonReady(form)) {
    return null
  }
  const segment = form.baseline
  const compare = form.baselineFilter
    ? { ...(segment ? { segment } : {}), filter: form.baselineFilter }
    : segment
  return {
    kind: 'portrait',
    ...commonJson(form, ['range', 'segment', 'filter']),
    ...(compare ? { compare } : {}),
    features: form.features.map((prop) =>
      form.bins[prop] === undefined ? prop : { prop, bins: form.bins[prop] },
    ),
  }
}

export function fromQuery(query: Query): PortraitForm {
  const compare = objectOf(query.compare)
  const text = textOf(query.compare)
  const bins: Record<string, Json> = {}
  const asked = listOf(query.features).map((feature) => {
    const prop = typeof feature === 'string' ? feature : textOf(objectOf(feature).prop)
    const own = objectOf(feature).bins
    if (own !== undefined) bins[prop] = own
    return prop
  })
  return {
    ...commonFrom({ ...query, compare: null }),
    baseline: text === 'everyone' ? '' : text || textOf(compare.segment),
    features: asked,
    bins,
    baselineFilter: compare.filter ?? null,
  }
}
