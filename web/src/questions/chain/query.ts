import type { Json, Schema } from '@/shared/api-types'
import { defaults as attributionDefaults } from '../attribution/query'
import {
  commonForm,
  commonFrom,
  commonJson,
  commonReady,
  eventFrom,
  eventJson,
  eventReady,
  lengthOf,
  listOf,
  numberOf,
  objectOf,
  oneOf,
  textOf,
  type CommonForm,
  type EventForm,
  type Length,
} from '../common'
import { costFrom, costJson, costReady, tableFrom, type CostForm } from '../cost'
import type { Query } from '../kind'

export interface ChainForm extends CommonForm {
  /** Events that bring somebody into the private domain. */
  entries: string[]
  touches: string[]
  /** Full name of the property that names the source. */
  dimension: string
  order: EventForm
  revenue: (typeof REVENUES)[number]
  within: Length
  repurchase: Length
  /** Percent of revenue. */
  margin: number
  costs: CostForm[]
  /** Id of an uploaded table that is used instead; empty for none. */
  costTable: string
}

export const REVENUES = ['net', 'gross'] as const
const ENTRIES = ['mp_follow', 'wecom_friend_added']
const MONTH: Length = { value: 30, unit: 'day' }
const QUARTER: Length = { value: 90, unit: 'day' }

export function defaults(schema: Schema): ChainForm {
  const names = schema.events.map((e) => e.name)
  const known = ENTRIES.filter((name) => names.includes(name))
  const { touches, dimension, conversion } = attributionDefaults(schema)
  return {
    ...commonForm(),
    interval: 'week',
    entries: known.length > 0 ? known : names.slice(0, 1),
    touches,
    dimension,
    order: conversion,
    revenue: 'net',
    within: { ...MONTH },
    repurchase: { ...QUARTER },
    margin: 100,
    costs: [],
    costTable: '',
  }
}

export function toQuery(form: ChainForm): Query | null {
  if (!eventReady(form.order) || !commonReady(form) || !form.costs.every(costReady)) return null
  if (form.entries.length === 0 || form.touches.length === 0 || form.dimension === '') return null
  return {
    kind: 'full_chain',
    ...commonJson(form, ['range', 'interval', 'segment', 'filter']),
    entries: form.entries.map((event): Json => ({ name: event, event })),
    touches: { types: [...form.touches], dimension: form.dimension.replace(/^event\./, '') },
    order: eventJson(form.order),
    revenue: form.revenue,
    within: { ...form.within },
    repurchase_within: { ...form.repurchase },
    margin: form.margin / 100,
    ...costJson(form.costs, form.costTable),
  }
}

export function fromQuery(query: Query, schema: Schema): ChainForm {
  const base = defaults(schema)
  const touches = objectOf(query.touches)
  const dimension = textOf(touches.dimension, 'channel')
  const entries = listOf(query.entries).map((e) => eventFrom(e).event)
  const types = listOf(touches.types).filter((n): n is string => typeof n === 'string')
  return {
    ...commonFrom(query, base),
    entries: entries.length > 0 ? entries : ENTRIES,
    touches: types,
    dimension: dimension.startsWith('event.') ? dimension : `event.${dimension}`,
    order: eventFrom(query.order ?? { event: 'order_paid' }),
    revenue: oneOf(query.revenue, REVENUES),
    within: lengthOf(query.within, MONTH),
    repurchase: lengthOf(query.repurchase_within, QUARTER),
    margin: Number((numberOf(query.margin, 1) * 100).toFixed(4)),
    costs: costFrom(query.cost),
    costTable: tableFrom(query.cost),
  }
}
