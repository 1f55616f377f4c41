import type { FunnelAnswer } from '@/shared/api-types'
import { valueName } from '../builder/options'
import { term } from '../glossary'
import { drillOf } from '../drill'
import type { AnswerBase, Cell, Figure, Headline, Query, Say, Table, View } from '../kind'
import { funnelChart, histogramChart, trendChart } from './charts'
import { rowsOf, trendOf, trimHistogram, worstStep, type Rates } from './table'

type Answer = FunnelAnswer & AnswerBase

/** What the funnel counts: people, attempts or sessions. */
function unitOf(query: Query, { words }: Say): string {
  const units: Record<string, string> = { totals: 'times', sessions: 'sessions' }
  return words.t(`questions.units.${units[String(query.counting)] ?? 'people'}`)
}

const converted = (answer: Answer, k: number, values?: string[]) =>
  drillOf(answer, { step: k + 1, side: 'converted', ...(values ? { breakdown: values } : {}) })

export function view(answer: Answer, query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const all = rowsOf(answer)[0]!
  const ttc = answer.time_to_convert
  const unit = unitOf(query, say)
  const count = (id: string, value: number | null): Headline => ({
    id,
    label: term(id).name,
    term: id,
    value,
    text: f.number(value),
    unit,
    as: 'number',
  })
  const figures: Figure[] = [
    {
      id: 'funnel',
      title: term('funnel').name,
      term: 'funnel',
      chart: funnelChart(answer, unit, words, f),
      table: stepTable(answer, unit, say),
    },
  ]
  if (answer.breakdown?.length) {
    figures.push({
      id: 'breakdown',
      title: t('questions.funnel.byValue'),
      table: partsTable(answer, say),
    })
  }
  if (answer.trend?.length) {
    figures.push({
      id: 'trend',
      title: term('funnelTrend').name,
      term: 'funnelTrend',
      chart: trendChart(answer, unit, f),
      table: trendTable(answer, say),
      height: 280,
      half: true,
    })
  }
  if (ttc && ttc.p50_ms !== null) {
    figures.push({
      id: 'time',
      title: term('timeToConvert').name,
      term: 'timeToConvert',
      chart: histogramChart(answer, unit, f),
      table: timeTable(answer, unit, say),
      height: 280,
      half: true,
    })
  }
  return {
    empty: (answer.steps[0]?.count ?? 0) === 0,
    headlines: [
      {
        id: 'conversion',
        label: term('conversion').name,
        term: 'conversion',
        value: all.overall,
        text: f.percent(all.overall),
        as: 'percent',
        spark: trendOf(answer).map((p) => p.rate),
      },
      count('entered', all.rates[0]?.count ?? null),
      count('converted', all.rates[all.rates.length - 1]?.count ?? null),
      count('pending', answer.pending),
      {
        id: 'timeToConvert',
        label: `${term('timeToConvert').name} · ${t('questions.p50')}`,
        term: 'timeToConvert',
        value: ttc?.p50_ms ?? null,
        text: f.duration(ttc?.p50_ms),
      },
    ],
    figures,
    notes: [],
  }
}

function stepTable(answer: Answer, unit: string, { words, f }: Say): Table {
  const { t, word } = words
  const rates = rowsOf(answer)[0]!.rates
  const worst = worstStep(rates)
  const lost = (rate: Rates, k: number): Cell =>
    k === 0
      ? { text: '—', value: null }
      : {
          text: f.number(rate.drop),
          value: rate.drop,
          ...(rate.drop > 0 ? drillOf(answer, { step: k + 1, side: 'dropped' }) : {}),
        }
  const title = (key: string) => ({ title: term(key).name, term: key, num: true })
  return {
    columns: [
      { title: t('questions.funnel.step') },
      { ...title('people'), unit },
      title('stepRate'),
      title('overallRate'),
      title('drop'),
      title('dropRate'),
    ],
    rows: rates.map((rate, k) => {
      const step = answer.steps[k]!
      return [
        {
          text: `${k + 1} ${word('event', step.event)}`,
          ...(k === worst ? { mark: t('questions.funnel.worst') } : {}),
        },
        {
          text: f.number(rate.count),
          value: rate.count,
          ...(rate.count > 0 ? converted(answer, k) : {}),
        },
        { text: f.percent(rate.step_rate), value: rate.step_rate },
        { text: f.percent(rate.overall_rate), value: rate.overall_rate },
        lost(rate, k),
        k === 0
          ? { text: '—', value: null }
          : { text: f.percent(rate.drop_rate), value: rate.drop_rate },
      ]
    }),
  }
}

function partsTable(answer: Answer, { words, f }: Say): Table {
  const { t, word } = words
  return {
    columns: [
      { title: t('questions.value') },
      ...answer.steps.map((s, k) => ({ title: `${k + 1} ${word('event', s.event)}`, num: true })),
      { title: term('conversion').name, term: 'conversion', num: true },
    ],
    rows: rowsOf(answer)
      .slice(1)
      .map((row, i) => [
        { text: valueName(row.value, words) },
        ...row.rates.map((rate, k): Cell => {
          const { values } = answer.breakdown![i]!
          return {
            text: f.number(rate.count),
            value: rate.count,
            ...(k > 0 ? { faint: f.percent(rate.step_rate) } : {}),
            ...(rate.count > 0 ? converted(answer, k, values) : {}),
          }
        }),
        { text: f.percent(row.overall), value: row.overall, bold: true },
      ]),
  }
}

function trendTable(answer: Answer, { words, f }: Say): Table {
  const { t } = words
  return {
    columns: [
      { title: t('questions.date') },
      { title: term('entered').name, term: 'entered', num: true },
      { title: term('converted').name, term: 'converted', num: true },
      { title: term('conversion').name, term: 'conversion', num: true },
    ],
    rows: trendOf(answer).map((p) => [
      { text: p.bucket },
      { text: f.number(p.entered), value: p.entered },
      { text: f.number(p.converted), value: p.converted },
      { text: f.percent(p.rate), value: p.rate },
    ]),
  }
}

function timeTable(answer: Answer, unit: string, { words, f }: Say): Table {
  const { t } = words
  const ttc = answer.time_to_convert!
  const bins = trimHistogram(ttc.histogram)
  return {
    columns: [
      { title: term('timeToConvert').name, term: 'timeToConvert' },
      { title: term('people').name, unit, num: true },
    ],
    rows: bins.map((b) => [
      { text: `${f.duration(b.from_ms)} – ${b.to_ms === null ? '∞' : f.duration(b.to_ms)}` },
      { text: f.number(b.count), value: b.count },
    ]),
    note: t('questions.funnel.times', {
      avg: f.duration(ttc.avg_ms),
      p50: f.duration(ttc.p50_ms),
      p90: f.duration(ttc.p90_ms),
    }),
  }
}
