// What the funnel page computes itself from the counts of an answer (SEMANTICS FN10).
import type { FunnelAnswer, FunnelStep } from '@/shared/api-types'

export interface Rates {
  count: number
  /** From the step before; 1 for the first step, null when nobody was there. */
  step_rate: number | null
  /** From the first step. */
  overall_rate: number | null
  drop: number
  drop_rate: number | null
}

const ratio = (a: number, b: number) => (b === 0 ? null : a / b)

export function ratesOf(counts: number[]): Rates[] {
  const first = counts[0] ?? 0
  return counts.map((count, k) => {
    const before = k === 0 ? first : counts[k - 1]!
    return {
      count,
      step_rate: ratio(count, before),
      overall_rate: ratio(count, first),
      drop: before - count,
      drop_rate: ratio(before - count, before),
    }
  })
}

export interface FunnelRow {
  /** Null for everybody together. */
  value: string | null
  rates: Rates[]
  overall: number | null
}

const rowOf = (value: string | null, steps: FunnelStep[]): FunnelRow => {
  const rates = ratesOf(steps.map((step) => step.count))
  return { value, rates, overall: rates[rates.length - 1]?.overall_rate ?? null }
}

/** Everybody first, then the values of the breakdown in the server's order. */
export function rowsOf(answer: FunnelAnswer): FunnelRow[] {
  const parts = answer.breakdown ?? []
  return [rowOf(null, answer.steps), ...parts.map((part) => rowOf(part.value, part.steps))]
}

export interface TrendPoint {
  bucket: string
  entered: number
  converted: number
  rate: number | null
}

export function trendOf(answer: FunnelAnswer): TrendPoint[] {
  return (answer.trend ?? []).map(({ bucket, counts }) => {
    const entered = counts[0] ?? 0
    const converted = counts[counts.length - 1] ?? 0
    return { bucket, entered, converted, rate: ratio(converted, entered) }
  })
}

type Bin = NonNullable<FunnelAnswer['time_to_convert']>['histogram'][number]

/** Drops empty bins at both ends; bins between stay, a gap is information. */
export function trimHistogram(bins: Bin[]): Bin[] {
  const first = bins.findIndex((bin) => bin.count > 0)
  if (first < 0) return []
  let last = bins.length - 1
  while (bins[last]!.count === 0) last--
  return bins.slice(first, last + 1)
}

/** The step that loses the largest share, or null when nothing is lost. */
export function worstStep(rates: Rates[]): number | null {
  let worst: number | null = null
  for (let k = 1; k < rates.length; k++) {
    const rate = rates[k]!.drop_rate ?? 0
    if (rate > 0 && (worst === null || rate > rates[worst]!.drop_rate!)) worst = k
  }
  return worst
}
