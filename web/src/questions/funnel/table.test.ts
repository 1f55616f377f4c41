import { describe, expect, it } from 'vitest'
import type { FunnelAnswer } from '@/shared/api-types'
import { ratesOf, rowsOf, trendOf, trimHistogram, worstStep } from './table'

// D1 of SEMANTICS §2: view → cart → pay, window 7 days: 6, 5, 4.
describe('rates', () => {
  it('follows FN10 on the D1 example', () => {
    expect(ratesOf([6, 5, 4])).toEqual([
      { count: 6, step_rate: 1, overall_rate: 1, drop: 0, drop_rate: 0 },
      { count: 5, step_rate: 5 / 6, overall_rate: 5 / 6, drop: 1, drop_rate: 1 / 6 },
      { count: 4, step_rate: 4 / 5, overall_rate: 4 / 6, drop: 1, drop_rate: 1 / 5 },
    ])
  })
  it('has no rate where nobody was, instead of zero or NaN', () => {
    const [first, second] = ratesOf([0, 0])
    expect(first!.overall_rate).toBeNull()
    expect(second!.step_rate).toBeNull()
  })
  it('finds the step that loses most', () => {
    expect(worstStep(ratesOf([100, 80, 20]))).toBe(2)
    expect(worstStep(ratesOf([5, 5]))).toBeNull()
  })
})

const step = (event: string, count: number) => ({
  event,
  count,
  step_rate: null,
  overall_rate: null,
  drop: 0,
})
const answer: FunnelAnswer = {
  kind: 'funnel',
  as_of: 0,
  steps: [step('view', 6), step('pay', 3)],
  breakdown: [
    { value: 'A', values: ['A'], steps: [step('view', 4), step('pay', 3)] },
    { value: 'B', values: ['B'], steps: [step('view', 2), step('pay', 0)] },
  ],
  trend: [
    { bucket: '2026-03-02', counts: [4, 2] },
    { bucket: '2026-03-03', counts: [0, 0] },
  ],
  pending: 0,
  events_scanned: 0,
  elapsed_ms: 0,
  approx: false,
  cached: false,
  cut_short: false,
  query_hash: 'h',
}

it('puts everybody before the parts', () => {
  expect(rowsOf(answer).map((row) => [row.value, row.overall])).toEqual([
    [null, 0.5],
    ['A', 0.75],
    ['B', 0],
  ])
})

it('gives every bucket of the trend its own conversion', () => {
  expect(trendOf(answer).map((point) => point.rate)).toEqual([0.5, null])
})

it('trims empty ends of the histogram and keeps gaps', () => {
  const bin = (count: number) => ({ from_ms: 0, to_ms: 1, count })
  expect(trimHistogram([bin(0), bin(2), bin(0), bin(1), bin(0)]).map((b) => b.count)).toEqual([
    2, 0, 1,
  ])
  expect(trimHistogram([bin(0)])).toEqual([])
})
