import { describe, expect, it } from 'vitest'
import { changeOf, toQuery, topSeries, unitOf, type SeriesForm, type TrendsForm } from './query'

const pay: SeriesForm = { event: 'pay', measure: 'uniques', prop: '', filters: [] }
const form: TrendsForm = {
  series: [pay, { event: 'pay', measure: 'p90', prop: 'amt_fen', filters: [] }],
  range: { last: 7, unit: 'day' },
  interval: 'day',
  breakdown: 'event.sku',
  compare: true,
}

describe('query', () => {
  it('writes the JSON of SEMANTICS §1 with letters as names', () => {
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
    })
  })
  it('waits for the property of an aggregate', () => {
    expect(toQuery({ ...form, series: [{ ...pay, measure: 'sum' }] })).toBeNull()
  })
})

it('knows the unit of every measure', () => {
  expect(unitOf(pay)).toBe('people')
  expect(unitOf({ ...pay, measure: 'total' })).toBe('times')
  expect(unitOf(form.series[1]!)).toBe('yuan')
  expect(unitOf({ ...pay, measure: 'avg', prop: 'quantity' })).toBe('value')
})

it('has no change without a base', () => {
  expect(changeOf(12, 10)).toBeCloseTo(0.2)
  expect(changeOf(5, 0)).toBeNull()
  expect(changeOf(null, 3)).toBeNull()
})

it('keeps the largest lines in their order', () => {
  const s = (name: string, total: number) => ({ name, breakdown: [], values: [], total, final: [] })
  const kept = topSeries([s('a', 1), s('b', 9), s('c', 5)], 2)
  expect(kept.map((x) => x.name)).toEqual(['b', 'c'])
})
