import { describe, expect, it } from 'vitest'
import type { Schema } from '@/shared/api-types'
import { defaults, formulaReady, fromQuery, newSeries, toQuery, topSeries } from './query'

const schema: Schema = {
  events: [{ name: 'pay', count: 3, properties: [{ name: 'amt_fen', type: 'int' }] }],
  traits: [],
}

describe('query', () => {
  it('writes the JSON of SEMANTICS §1 with letters as names', () => {
    const form = defaults(schema, { last: 7, unit: 'day' })
    form.series = [newSeries('pay', 'uniques'), newSeries('pay', 'p90', 'amt_fen')]
    form.breakdown = ['event.sku']
    form.compare = 'previous'
    form.formulas = ['A/B']
    expect(toQuery(form)).toEqual({
      kind: 'trends',
      range: { last: 7, unit: 'day' },
      interval: 'day',
      series: [
        { name: 'A', event: 'pay', measure: 'uniques' },
        { name: 'B', event: 'pay', measure: { agg: 'p90', prop: 'event.amt_fen' } },
      ],
      breakdown: [{ prop: 'event.sku' }],
      compare: 'previous',
      formulas: [{ name: 'F1', expr: 'A/B' }],
    })
    expect(fromQuery(toQuery(form)!)).toEqual(form)
  })
  it('waits for the property of an aggregate and for formulas that name series', () => {
    const form = defaults(schema)
    expect(toQuery({ ...form, series: [newSeries('pay', 'sum')] })).toBeNull()
    expect(toQuery({ ...form, formulas: ['A/C'] })).toBeNull()
    expect(formulaReady('(A + B) * 100', 2)).toBe(true)
    expect(formulaReady('alert(1)', 2)).toBe(false)
    expect(formulaReady('2*3', 2)).toBe(false)
  })
})

it('keeps the largest values of each series in their order', () => {
  const s = (name: string, total: number) => ({ name, breakdown: [], values: [], total, final: [] })
  const all = [s('A', 1), s('A', 9), s('A', 5), s('B', 7000), s('B', 9000), s('B', 100)]
  expect(topSeries(all, 4).map((x) => x.total)).toEqual([9, 5, 7000, 9000])
  expect(topSeries(all, 6)).toBe(all)
})
