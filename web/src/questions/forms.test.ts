// What every question must keep: its form and its JSON say the same, both ways.
import { describe, expect, it } from 'vitest'
import type { Json, Schema } from '@/shared/api-types'
import { KINDS } from './kinds'
import type { Query } from './kind'
import { fromFilter, isComplete, toFilter } from './filter-tree'
import { changeOf } from './change'
import { toCsv } from './csv'
import { readLink } from './useQuestion'
import { unitOf } from './unit'

const schema: Schema = {
  events: ['order_paid', 'add_to_cart', 'mp_follow'].map((name) => ({
    name,
    count: 5,
    properties: [
      { name: 'amount_fen', type: 'int' },
      { name: 'order_id', type: 'text' },
    ],
  })),
  traits: [{ name: 'province', type: 'text', data_class: 'public' }],
}

/** The examples of SEMANTICS, less fields that only repeat a default of the API. */
const EXAMPLES: [string, Query][] = [
  [
    'trends',
    {
      kind: 'trends',
      range: { from: '2026-03-02', to: '2026-03-08' },
      interval: 'day',
      breakdown: [{ prop: 'event.sku' }],
      compare: 'year_ago',
      filter: {
        or: [
          { prop: 'event.sku', op: 'eq', value: 'A' },
          { not: { prop: 'event.amt', op: 'gt', value: 3 } },
        ],
      },
      series: [
        { name: 'A', event: 'pay', measure: 'uniques' },
        { name: 'B', event: 'view', measure: 'uniques' },
        { name: 'C', event: 'pay', measure: { agg: 'p90', prop: 'event.amt' } },
      ],
      formulas: [{ name: 'F1', expr: 'A/B' }],
      cumulative: true,
    },
  ],
  [
    'funnel',
    {
      kind: 'funnel',
      range: { from: '2026-03-02', to: '2026-03-08' },
      window: { value: 7, unit: 'day' },
      order: 'sequential',
      counting: 'uniques',
      entry: 'any',
      steps: [
        { event: 'view' },
        { event: 'cart' },
        { event: 'pay', filter: { prop: 'event.amt', op: 'gt', value: 0 } },
      ],
      hold: [['sku', 'sku', 'sku']],
      exclusions: [{ event: 'chat', between: [2, 3], mode: 'chain' }],
      breakdown: [{ prop: 'event.channel', attribution: 'first' }],
      output: ['steps', 'trend', 'time_to_convert'],
    },
  ],
  [
    'retention',
    {
      kind: 'retention',
      range: { from: '2026-03-02', to: '2026-03-02' },
      unit: 'day',
      periods: 8,
      clock: 'calendar',
      type: 'bracket',
      brackets: [
        [1, 3],
        [4, 7],
      ],
      cohort: 'recurring',
      start: { event: 'view' },
      return: { event: 'pay' },
      mean: 'weighted',
    },
  ],
  [
    'distribution',
    {
      kind: 'distribution',
      range: { from: '2026-03-02', to: '2026-03-08' },
      metric: { event: 'view', agg: 'count' },
      bins: [1, 2, 3, 6, 11, 21],
    },
  ],
  [
    'interval',
    {
      kind: 'interval',
      range: { from: '2026-03-02', to: '2026-03-08' },
      start: { event: 'view' },
      end: { event: 'pay' },
      pairing: 'nearest',
      limit: { value: 7, unit: 'day' },
      relate: [['event.sku', 'event.sku']],
      interval: 'day',
    },
  ],
  [
    'portrait',
    {
      kind: 'portrait',
      range: { last: 30, unit: 'day' },
      segment: 'vip',
      compare: 'new_people',
      features: ['profile.city', 'hour', { prop: 'spend', bins: [100, 300] }],
    },
  ],
  [
    'rfm',
    {
      kind: 'rfm',
      lookback: { value: 365, unit: 'day' },
      order: { event: 'order_paid' },
      revenue: 'net',
      score: { mode: 'thresholds', r: 30, f: 3, m: 50000 },
    },
  ],
  [
    'ltv',
    {
      kind: 'clv',
      order: { event: 'order_paid' },
      revenue: 'net',
      unit: 'week',
      horizon: 6,
      discount: 0.005,
      margin: 0.6,
      groups: 4,
      people: 50,
    },
  ],
  [
    'active',
    {
      kind: 'trends',
      range: { last: 14, unit: 'day' },
      interval: 'day',
      series: [
        { name: 'A', event: '$any_active', measure: 'uniques' },
        { name: 'B', event: '$any_active', measure: 'wau' },
        { name: 'C', event: '$any_active', measure: 'mau' },
      ],
      formulas: [
        { name: 'F1', expr: 'A/B' },
        { name: 'F2', expr: 'A/C' },
      ],
    },
  ],
]

describe('forms', () => {
  it.each(Object.keys(KINDS))('%s opens with a question that survives a link', async (page) => {
    const kind = await KINDS[page]!()
    const query = kind.toQuery(kind.defaults(schema))
    expect(query).not.toBeNull()
    expect(kind.kinds).toContain(query!.kind)
    const linked = readLink(JSON.stringify(query), kind.kinds)
    expect(kind.toQuery(kind.fromQuery(linked!, schema))).toEqual(query)
  })
  it.each(EXAMPLES)('%s keeps the example of SEMANTICS', async (page, query) => {
    const kind = await KINDS[page]!()
    expect(kind.toQuery(kind.fromQuery(query, schema))).toEqual(query)
  })
  it('asks for rolling people by day only', async () => {
    const trends = await KINDS.trends!()
    const series = [{ name: 'A', event: '$any_active', measure: 'mau' }]
    const form = trends.fromQuery({ kind: 'trends', interval: 'day', series }, schema)
    expect(trends.toQuery(form)).not.toBeNull()
    expect(trends.toQuery({ ...form, interval: 'week' })).toBeNull()
    expect(trends.toQuery({ ...form, cumulative: true })).toBeNull()
  })
  it('asks nothing while an event is missing', async () => {
    const trends = await KINDS.trends!()
    expect(trends.toQuery(trends.defaults({ events: [], traits: [] }))).toBeNull()
  })
})

describe('filters', () => {
  const keep = (filter: Json) => toFilter(fromFilter(filter))
  it('stay what they were, including what the editor cannot show', () => {
    const all: Json[] = [
      { prop: 'event.sku', op: 'in', value: ['A', 'B'] },
      {
        and: [
          { prop: 'a', op: 'is_set' },
          {
            or: [
              { prop: 'b', op: 'eq', value: 1 },
              { prop: 'c', op: 'eq', value: 'x' },
            ],
          },
        ],
      },
      {
        not: {
          and: [
            { prop: 'a', op: 'eq', value: 1 },
            { prop: 'b', op: 'eq', value: 2 },
          ],
        },
      },
      {
        and: [
          { prop: 'a', op: 'regex', value: '^x' },
          { prop: 'b', op: 'eq', value: 2 },
        ],
      },
    ]
    for (const filter of all) expect(keep(filter)).toEqual(filter)
  })
  it('without conditions are none at all', () => {
    expect(toFilter(fromFilter(undefined))).toBeUndefined()
  })
  it('are incomplete while a value is missing', () => {
    expect(isComplete(fromFilter({ prop: 'a', op: 'eq' }))).toBe(false)
    expect(isComplete(fromFilter({ prop: 'a', op: 'is_set' }))).toBe(true)
  })
})

describe('links', () => {
  it('that are no question of this page are ignored', () => {
    expect(readLink('{"kind":"funnel"}', ['trends'])).toBeNull()
    expect(readLink('{', ['trends'])).toBeNull()
    expect(readLink(undefined, ['trends'])).toBeNull()
  })
})

describe('numbers', () => {
  it('have a unit', () => {
    expect(unitOf('uniques', '')).toBe('people')
    expect(unitOf('total', '')).toBe('times')
    expect(unitOf('p90', 'amt_fen')).toBe('yuan')
    expect(unitOf('avg', 'quantity')).toBe('value')
  })
  it('have no change without a base', () => {
    expect(changeOf(12, 10)).toBeCloseTo(0.2)
    expect(changeOf(5, 0)).toBeNull()
    expect(changeOf(null, 3)).toBeNull()
  })
})

it('exports raw numbers, quotes what needs it, and defuses formulas', () => {
  const csv = toCsv([
    {
      columns: [{ title: '渠道' }, { title: '金额', unit: '元' }],
      rows: [
        [{ text: '=1+1' }, { text: '¥1,234.50', value: 1234.5 }],
        [{ text: 'a "b", c' }, { text: '—', value: null }],
      ],
    },
  ])
  expect(csv).toBe('\uFEFF渠道,金额 (元)\r\n\'=1+1,1234.5\r\n"a ""b"", c",\r\n')
})
