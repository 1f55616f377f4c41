import { CHART_COLORS } from '@/adapter/chart-theme'
import type { LifecycleAnswer, StickinessAnswer, TrendsAnswer } from '@/shared/api-types'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { textOf } from '../common'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { AnswerBase, Cell, Headline, Query, Say, View } from '../kind'
import { view as trendsView } from '../trends/view'

export type ActiveAnswer = (TrendsAnswer & AnswerBase) | LifecycleAnswer | StickinessAnswer

export function view(answer: ActiveAnswer, query: Query, say: Say): View {
  if (query.kind === 'stickiness') return stickiness(answer as StickinessAnswer, query, say)
  if (query.kind === 'lifecycle') return lifecycle(answer as LifecycleAnswer, say)
  return activity(answer as TrendsAnswer & AnswerBase, query, say)
}

const ACTIVE_TERMS: Record<string, string> = { day: 'dau', week: 'wau', month: 'mau' }

/** Trends with names of its own, and the latest whole interval on top. */
function activity(answer: TrendsAnswer & AnswerBase, query: Query, say: Say): View {
  const { words, f } = say
  if (answer.series.some((s) => s.name === 'C')) return rolling(answer, query, say)
  const base = trendsView(answer, query, say)
  const key = ACTIVE_TERMS[textOf(query.interval, 'day')] ?? 'people'
  const active = answer.series.find((s) => s.name === 'A' && s.breakdown.length === 0)
  if (!active) return base
  const last = active.values.length - 1
  const of = (i: number): Headline => ({
    id: i === last ? 'now' : 'before',
    label: `${term(key).name} · ${answer.buckets[i] ?? ''}`,
    term: key,
    value: active.values[i] ?? null,
    text: f.number(active.values[i]),
    unit: term('people').unit,
    as: 'number',
    spark: active.values,
  })
  const mean = active.values.reduce((sum: number, v) => sum + (v ?? 0), 0) / active.values.length
  return {
    ...base,
    headlines: [
      of(last),
      ...(last > 0 ? [of(last - 1)] : []),
      {
        id: 'mean',
        label: words.t('questions.active.meanActive', { name: term(key).name }),
        term: key,
        value: mean,
        text: f.number(mean, 1),
        unit: term('people').unit,
        as: 'number',
      },
      {
        id: 'total',
        label: words.t('questions.active.rangeActive'),
        term: 'rangeTotal',
        value: active.total,
        text: f.number(active.total),
        unit: term('people').unit,
        as: 'number',
      },
    ],
  }
}

const ROLLING_TERMS: Record<string, string> = {
  A: 'dau',
  B: 'rolling_wau',
  C: 'rolling_mau',
  F1: 'dau_wau',
  F2: 'dau_mau',
}

/** Today's people, those of 7 and of 30 days, and their ratios, each as of the latest day. */
function rolling(answer: TrendsAnswer & AnswerBase, query: Query, say: Say): View {
  const called = Object.fromEntries(
    Object.entries(ROLLING_TERMS).map(([name, key]) => [name, term(key).name]),
  )
  const base = trendsView(answer, query, say, called)
  const last = answer.buckets.length - 1
  const headlines = base.headlines.map((h): Headline => {
    const key = ROLLING_TERMS[h.id]
    if (key !== 'dau') return key ? { ...h, term: key } : h
    const value = answer.series.find((s) => s.name === h.id)?.values[last] ?? null
    const label = `${term(key).name} · ${(answer.buckets[last] ?? '').slice(5)}`
    return { ...h, label, term: key, value, text: say.f.number(value) }
  })
  return { ...base, headlines }
}

const PARTS = ['new', 'returning', 'resurrected'] as const

function lifecycle(answer: LifecycleAnswer, { words, f }: Say): View {
  const { t } = words
  const last = answer.buckets.length - 1
  const people = term('people').unit
  const colors = { new: CHART_COLORS[0], returning: CHART_COLORS[1], resurrected: CHART_COLORS[2] }
  const cell = (series: string, i: number): { drill?: Cell['drill'] } =>
    drillOf(answer, { series, bucket: answer.buckets[i]! })
  const headline = (key: 'active' | (typeof PARTS)[number] | 'dormant'): Headline => ({
    id: key,
    label: `${term(`life_${key}`).name} · ${answer.buckets[last] ?? ''}`,
    term: `life_${key}`,
    value: answer[key][last] ?? null,
    text: f.number(answer[key][last]),
    unit: people,
    as: 'number',
    spark: answer[key],
  })
  const churned: Headline[] = answer.churn
    ? [
        {
          id: 'churned',
          label: term('churned').name,
          term: 'churned',
          value: answer.churn.churned,
          text: f.number(answer.churn.churned),
          unit: people,
          as: 'number',
          drill: drillOf(answer, { series: 'churned' }).drill,
        },
      ]
    : []
  const keys = ['active', ...PARTS, 'dormant'] as const
  return {
    empty: answer.active.every((n) => n === 0) && answer.dormant.every((n) => n === 0),
    headlines: [...keys.map(headline), ...churned],
    figures: [
      {
        id: 'lifecycle',
        title: t('questions.active.lifecycle'),
        term: 'lifecycle',
        height: 340,
        chart: {
          grid,
          legend,
          tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
          xAxis: categoryAxis(answer.buckets.map((b) => b.slice(5) || b)),
          yAxis: valueAxis(people, (v) => f.compact(v)),
          series: [
            ...PARTS.map((key) => ({
              type: 'bar' as const,
              name: term(`life_${key}`).name,
              stack: 'life',
              color: colors[key],
              barMaxWidth: 34,
              data: answer[key].map((value, i) => ({
                value,
                ...cell(key, i),
                what: `${term(`life_${key}`).name} ${answer.buckets[i]}`,
              })),
            })),
            {
              type: 'bar' as const,
              name: term('life_dormant').name,
              stack: 'life',
              color: '#c9d3de',
              barMaxWidth: 34,
              tooltip: { valueFormatter: (v: unknown) => f.number(Math.abs(Number(v))) },
              data: answer.dormant.map((n, i) => ({
                value: -n,
                ...cell('dormant', i),
                what: `${term('life_dormant').name} ${answer.buckets[i]}`,
              })),
            },
          ],
        },
        table: {
          columns: [
            { title: t('questions.date') },
            ...keys.map((key) => ({
              title: term(`life_${key}`).name,
              term: `life_${key}`,
              num: true,
            })),
          ],
          rows: answer.buckets.map((bucket, i) => [
            { text: answer.partial[i] ? `${bucket}*` : bucket },
            ...keys.map((key): Cell => {
              const n = answer[key][i] ?? 0
              return { text: f.number(n), value: n, ...(n > 0 ? cell(key, i) : {}) }
            }),
          ]),
        },
      },
    ],
    notes: answer.partial.some(Boolean) ? [t('questions.active.partial')] : [],
  }
}

function stickiness(answer: StickinessAnswer, query: Query, { words, f }: Say): View {
  const { t } = words
  const unit = term('people').unit
  const most = query.cumulative === true
  const name = (n: number) =>
    t(most ? 'questions.active.atLeastN' : 'questions.active.exactlyN', { n })
  const days = answer.distribution.reduce((sum, d) => sum + d.intervals * d.persons, 0)
  const mean = most || answer.total === 0 ? null : days / answer.total
  return {
    empty: answer.total === 0,
    headlines: [
      {
        id: 'total',
        label: term('life_active').name,
        term: 'people',
        value: answer.total,
        text: f.number(answer.total),
        unit,
        as: 'number',
      },
      ...(mean === null
        ? []
        : [
            {
              id: 'mean',
              label: t('questions.active.mean'),
              term: 'stickiness',
              value: mean,
              text: f.number(mean, 2),
              as: 'number' as const,
            },
          ]),
    ],
    figures: [
      {
        id: 'stickiness',
        title: t('questions.active.stickiness'),
        term: 'stickiness',
        chart: {
          grid: { ...grid, top: 34 },
          tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
          xAxis: categoryAxis(answer.distribution.map((d) => name(d.intervals))),
          yAxis: { ...valueAxis(unit, (v) => f.compact(v)), minInterval: 1 },
          series: [
            {
              type: 'bar',
              name: term('people').name,
              color: CHART_COLORS[0],
              barMaxWidth: 40,
              itemStyle: { borderRadius: [3, 3, 0, 0] },
              data: answer.distribution.map((d) => ({
                value: d.persons,
                ...drillOf(answer, { step: d.intervals }),
                what: name(d.intervals),
              })),
            },
          ],
        },
        table: {
          columns: [
            { title: t('questions.active.intervals') },
            { title: term('people').name, term: 'people', unit, num: true },
            { title: t('questions.share'), term: 'share', num: true },
          ],
          rows: answer.distribution.map((d) => [
            { text: name(d.intervals) },
            {
              text: f.number(d.persons),
              value: d.persons,
              ...(d.persons > 0 ? drillOf(answer, { step: d.intervals }) : {}),
            },
            { text: f.percent(d.share), value: d.share },
          ]),
        },
      },
    ],
    notes: [],
  }
}
