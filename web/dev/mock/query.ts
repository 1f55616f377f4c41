import type {
  FunnelAnswer,
  FunnelQuery,
  FunnelStep,
  TrendsAnswer,
  TrendsQuery,
} from '../../src/shared/api-types'
import { formatDate, formatTime } from '../../src/shared/format'
import { matchFilter } from './segments'
import { DAY, type MockEvent, type Person } from './people'

const ZONE_MS = 8 * 3_600_000
const EDGES_MIN = [0, 1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 4320, 10080, 20160, 43200]
const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: DAY }

const midnight = (day: string) => Date.parse(`${day}T00:00:00Z`) - ZONE_MS

function bounds(range: TrendsQuery['range'], now: number): [number, number] {
  if (range.last) {
    const today = midnight(formatDate(now))
    return [today - (range.last - 1) * DAY, today + DAY]
  }
  if (range.past) {
    const today = midnight(formatDate(now))
    return [today - range.past * DAY, today]
  }
  return [midnight(range.from!), midnight(range.to!) + DAY]
}

function bucketOf(t: number, interval: string): string {
  if (interval === 'hour') return formatTime(t).slice(0, 13) + ':00'
  const day = formatDate(t)
  if (interval === 'month') return day.slice(0, 7)
  if (interval === 'week') {
    const weekday = (new Date(t + ZONE_MS).getUTCDay() + 6) % 7
    return formatDate(t - weekday * DAY)
  }
  return day
}

function buckets(from: number, to: number, interval: string): string[] {
  const step = interval === 'hour' ? 3_600_000 : DAY
  const out: string[] = []
  for (let t = from; t < to; t += step) {
    const bucket = bucketOf(t, interval)
    if (out[out.length - 1] !== bucket) out.push(bucket)
  }
  return out
}

interface Hit {
  event: MockEvent
  person: Person
}

function measure(hits: Hit[], m: TrendsQuery['series'][number]['measure']): number | null {
  const uniques = new Set(hits.map((hit) => hit.person.id)).size
  if (m === 'total') return hits.length
  if (m === 'uniques') return uniques
  if (m === 'per_user') return uniques === 0 ? null : hits.length / uniques
  const { agg, prop } = m as { agg: string; prop: string }
  const name = prop.replace(/^event\./, '')
  const values = hits.map((hit) => Number(hit.event.props[name])).filter((v) => !Number.isNaN(v))
  const sum = values.reduce((a, b) => a + b, 0)
  if (agg === 'sum') return sum
  if (agg === 'sum_per_user') return uniques === 0 ? null : sum / uniques
  if (values.length === 0) return null
  if (agg === 'avg') return sum / values.length
  if (agg === 'min') return Math.min(...values)
  if (agg === 'max') return Math.max(...values)
  values.sort((a, b) => a - b)
  const rank = ({ p50: 0.5, p90: 0.9, p99: 0.99 }[agg] ?? 0.5) * (values.length - 1)
  const low = Math.floor(rank)
  return values[low]! + (rank - low) * ((values[low + 1] ?? values[low]!) - values[low]!)
}

function breakdownValue(hit: Hit, prop: string): string {
  const name = prop.replace(/^(event|profile)\./, '')
  if (prop.startsWith('profile.')) {
    return String(
      { city: hit.person.city, member_level: hit.person.member_level, gender: hit.person.gender }[
        name
      ] ?? '$none',
    )
  }
  return String(hit.event.props[name] ?? '$none')
}

export function trends(people: Person[], query: TrendsQuery, now: number): TrendsAnswer {
  const [from, to] = bounds(query.range, now)
  const names = buckets(from, Math.min(to, now), query.interval)
  const series: TrendsAnswer['series'] = []
  let scanned = 0
  const collect = (
    event: string,
    filter: TrendsQuery['series'][number]['filter'],
    a: number,
    b: number,
  ) => {
    const hits: Hit[] = []
    for (const person of people)
      for (const e of person.events) {
        scanned++
        if (e.name === event && e.t >= a && e.t < b && matchFilter(e, filter))
          hits.push({ event: e, person })
      }
    return hits
  }
  for (const s of query.series) {
    const hits = collect(s.event, s.filter, from, to)
    const prop = query.breakdown?.[0]?.prop
    const groups = new Map<string, Hit[]>()
    if (!prop) groups.set('', hits)
    for (const hit of prop ? hits : []) {
      const key = breakdownValue(hit, prop!)
      groups.set(key, [...(groups.get(key) ?? []), hit])
    }
    const ordered = [...groups].sort((a, b) => b[1].length - a[1].length)
    for (const [key, list] of ordered) {
      const row: TrendsAnswer['series'][number] = {
        name: s.name,
        breakdown: prop ? [key] : [],
        values: names.map((b) =>
          measure(
            list.filter((h) => bucketOf(h.event.t, query.interval) === b),
            s.measure,
          ),
        ),
        total: measure(list, s.measure),
        final: names.map((b) => midnight(b.slice(0, 10).padEnd(10, '-01')) + DAY + 3 * DAY <= now),
      }
      if (query.compare && !prop) {
        const length = to - from
        const before = collect(s.event, s.filter, from - length, to - length)
        row.previous = {
          values: names.map((b) =>
            measure(
              before.filter((h) => bucketOf(h.event.t + length, query.interval) === b),
              s.measure,
            ),
          ),
          total: measure(before, s.measure),
        }
      }
      series.push(row)
    }
  }
  return {
    kind: 'trends',
    as_of: now,
    buckets: names,
    series,
    events_scanned: scanned,
    elapsed_ms: 7.4,
    query_hash: 'mock',
    approx: false,
    cached: false,
    cut_short: false,
  }
}

interface Chain {
  person: Person
  times: number[]
  value: string
}

/** Depth by greedy matching from every first step; enough for a mock, not the reference. */
function chainOf(
  person: Person,
  query: FunnelQuery,
  from: number,
  to: number,
  window: number,
): Chain | null {
  let best: MockEvent[] = []
  for (const [i, first] of person.events.entries()) {
    if (first.t < from || first.t >= to || first.name !== query.steps[0]!.event) continue
    if (!matchFilter(first, query.steps[0]!.filter)) continue
    const chain = [first]
    for (let j = i + 1; j < person.events.length && chain.length < query.steps.length; j++) {
      const e = person.events[j]!
      if (e.t - first.t > window) break
      const step = query.steps[chain.length]!
      if (e.name === step.event && matchFilter(e, step.filter)) chain.push(e)
    }
    if (chain.length > best.length) best = chain
    if (best.length === query.steps.length) break
  }
  if (best.length === 0) return null
  const prop = query.breakdown?.[0]?.prop
  const value = prop ? breakdownValue({ event: best[0]!, person }, prop) : ''
  return { person, times: best.map((e) => e.t), value }
}

function stepsOf(query: FunnelQuery, chains: Chain[]): FunnelStep[] {
  const counts = query.steps.map((_, k) => chains.filter((c) => c.times.length > k).length)
  return query.steps.map((step, k) => ({
    event: step.event ?? '',
    count: counts[k]!,
    step_rate:
      k === 0 ? (counts[0] ? 1 : null) : counts[k - 1] ? counts[k]! / counts[k - 1]! : null,
    overall_rate: counts[0] ? counts[k]! / counts[0]! : null,
    drop: k === 0 ? 0 : counts[k - 1]! - counts[k]!,
  }))
}

export function funnel(people: Person[], query: FunnelQuery, now: number): FunnelAnswer {
  const [from, to] = bounds(query.range, now)
  const length = query.window
  const window = typeof length === 'string' ? DAY : length.value * (UNIT_MS[length.unit] ?? DAY)
  const chains = people.map((p) => chainOf(p, query, from, to, window)).filter((c) => c !== null)
  const values = [...new Set(chains.map((c) => c.value))]
  const spans = chains
    .filter((c) => c.times.length === query.steps.length)
    .map((c) => c.times[c.times.length - 1]! - c.times[0]!)
    .sort((a, b) => a - b)
  const at = (p: number) => (spans.length ? spans[Math.floor(p * (spans.length - 1))]! : null)
  return {
    kind: 'funnel',
    as_of: now,
    steps: stepsOf(query, chains),
    breakdown: query.breakdown?.length
      ? values
          .map((value) => ({
            value,
            values: [value],
            steps: stepsOf(
              query,
              chains.filter((c) => c.value === value),
            ),
          }))
          .sort((a, b) => b.steps[0]!.count - a.steps[0]!.count)
      : [],
    trend: buckets(from, Math.min(to, now), 'day').map((bucket) => {
      const day = midnight(bucket)
      const inDay = people
        .map((p) => chainOf(p, query, day, day + DAY, window))
        .filter((c) => c !== null)
      return {
        bucket,
        counts: query.steps.map((_, k) => inDay.filter((c) => c.times.length > k).length),
      }
    }),
    time_to_convert: {
      count: spans.length,
      steps: [],
      avg_ms: spans.length ? spans.reduce((a, b) => a + b, 0) / spans.length : null,
      p50_ms: at(0.5),
      p90_ms: at(0.9),
      min_ms: at(0),
      max_ms: at(1),
      histogram: EDGES_MIN.map((edge, i) => {
        const from_ms = edge * 60_000
        const to_ms = i + 1 < EDGES_MIN.length ? EDGES_MIN[i + 1]! * 60_000 : null
        const count = spans.filter((s) => s >= from_ms && (to_ms === null || s < to_ms)).length
        return { from_ms, to_ms, count }
      }),
    },
    pending: chains.filter((c) => c.times.length < query.steps.length && c.times[0]! + window > now)
      .length,
    events_scanned: people.reduce((sum, p) => sum + p.events.length, 0),
    elapsed_ms: 11.2,
    query_hash: 'mock',
    approx: false,
    cached: false,
    cut_short: false,
  }
}
