import { CHART_COLORS } from '@/adapter/chart-theme'
import type { FullChainAnswer, FullChainCell } from '@/shared/api-types'
import { valueName } from '../builder/options'
import { categoryAxis, fewNames, grid, legend, valueAxis } from '../chart-parts'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Column, Drill, Figure, Headline, Query, Say, Table, View } from '../kind'

const STEPS = ['entries', 'engaged', 'buyers', 'new_buyers', 'repurchasers'] as const
type Step = (typeof STEPS)[number]
const RATIOS = ['roas', 'roi'] as const

const termOf = (key: string) => `chain_${key}`
const priced = (answer: FullChainAnswer) => answer.total.cost !== undefined
const complete = (cell: FullChainCell, step: Step): boolean =>
  step === 'engaged'
    ? cell.engaged_complete
    : step === 'repurchasers'
      ? cell.repurchase_complete
      : step === 'entries' || cell.orders_complete

export function view(answer: FullChainAnswer, _query: Query, say: Say): View {
  const { t } = say.words
  const { total } = answer
  const open = STEPS.some((step) => !complete(total, step))
  const source = (s: string) =>
    s === '$organic' ? t('questions.chain.organic') : valueName(s, say.words)
  return {
    empty: total.entries === 0 && !priced(answer),
    headlines: headlines(answer, say),
    figures: [
      steps(answer, say),
      trend(answer, say),
      {
        id: 'sources',
        title: t('questions.chain.bySource'),
        term: 'chain_source',
        table: table(
          answer,
          t('questions.chain.source'),
          [
            ...answer.sources.map((s): Row => [
              source(s.source),
              s.total,
              { breakdown: [s.source] },
            ]),
            [t('questions.retention.all'), total, {}],
          ],
          say,
        ),
      },
      {
        id: 'buckets',
        title: t('questions.chain.byTime'),
        table: table(
          answer,
          t('questions.date'),
          answer.buckets.map((bucket, i): Row => [bucket, answer.values[i]!, { bucket }]),
          say,
        ),
      },
    ],
    notes: open ? [t('questions.chain.open')] : [],
  }
}

function headlines(answer: FullChainAnswer, { f }: Say): Headline[] {
  const { total } = answer
  const people = STEPS.map((step): Headline => ({
    id: step,
    label: term(termOf(step)).name,
    term: termOf(step),
    value: total[step],
    text: f.number(total[step]),
    as: 'number',
    spark: answer.values.map((v) => v[step]),
  }))
  const money = (id: 'net' | 'cost' | 'cpa' | 'cac'): Headline => ({
    id,
    label: term(termOf(id)).name,
    term: termOf(id),
    value: total[id] ?? null,
    text: f.money(total[id]),
    as: 'money',
  })
  const ratios = RATIOS.map((id): Headline => ({
    id,
    label: term(termOf(id)).name,
    term: termOf(id),
    value: total[id] ?? null,
    text: ratio(id, total, f),
    unit: '',
    as: id === 'roi' ? 'percent' : 'number',
  }))
  return [
    ...people,
    money('net'),
    ...(priced(answer) ? [money('cost'), money('cpa'), money('cac'), ...ratios] : []),
  ]
}

const ratio = (id: 'roas' | 'roi', cell: FullChainCell, f: Say['f']) =>
  id === 'roi' ? f.percent(cell.roi) : f.number(cell.roas, 2)

/** From impressions to people who came back, each as it is: advertising dwarfs people. */
function steps(answer: FullChainAnswer, { words, f }: Say): Figure {
  const { total } = answer
  const ads: [string, number, Drill | null][] = (['impressions', 'clicks'] as const).flatMap(
    (key) =>
      total[key] ? [[term(termOf(key)).name, total[key], null] as [string, number, null]] : [],
  )
  const people = STEPS.filter((step) => step !== 'new_buyers').map(
    (step): [string, number, Drill | null] => [
      term(termOf(step)).name,
      total[step],
      { series: step },
    ],
  )
  const all = [...ads, ...people]
  return {
    id: 'steps',
    title: words.t('questions.chain.steps'),
    term: 'chain_steps',
    half: true,
    chart: {
      grid: { ...grid, top: 34 },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (v) => f.number(v as number),
      },
      xAxis: fewNames(all.map(([name]) => name)),
      yAxis: valueAxis(term('people').unit, (v) => f.compact(v)),
      series: [
        {
          type: 'bar',
          name: words.t('questions.chain.steps'),
          color: CHART_COLORS[0],
          barMaxWidth: 56,
          itemStyle: { borderRadius: [3, 3, 0, 0] },
          label: {
            show: true,
            position: 'top',
            formatter: (p: { value: unknown }) => f.number((p.value as number) ?? 0),
          },
          data: all.map(([name, value, drill]) => ({
            value,
            ...(drill && value > 0 ? drillOf(answer, drill) : {}),
            what: name,
          })),
        },
      ],
    },
  }
}

function trend(answer: FullChainAnswer, { words, f }: Say): Figure {
  const shown = ['entries', 'new_buyers'] as const
  return {
    id: 'trend',
    title: words.t('questions.chain.trend'),
    half: true,
    chart: {
      grid,
      legend,
      tooltip: { trigger: 'axis', confine: true },
      xAxis: categoryAxis(answer.buckets.map((b) => b.slice(5) || b)),
      yAxis: { ...valueAxis(term('people').unit, (v) => f.compact(v)), minInterval: 1 },
      series: shown.map((step, i) => ({
        type: 'line' as const,
        name: term(termOf(step)).name,
        color: CHART_COLORS[i],
        symbolSize: 6,
        data: answer.values.map((v, b) => ({
          value: v[step],
          ...(v[step] > 0 ? drillOf(answer, { series: step, bucket: answer.buckets[b]! }) : {}),
          what: `${term(termOf(step)).name} ${answer.buckets[b]}`,
        })),
      })),
    },
  }
}

type Row = [name: string, cell: FullChainCell, of: Drill]

function table(answer: FullChainAnswer, first: string, rows: Row[], { f }: Say): Table {
  const cost = priced(answer)
  const column = (key: string): Column => ({
    title: term(termOf(key)).name,
    term: termOf(key),
    num: true,
  })
  const money = (v: number | null | undefined): Cell => ({
    text: f.money(v),
    value: v === null || v === undefined ? null : v / 100,
  })
  const ads = ['impressions', 'clicks'] as const
  return {
    columns: [
      { title: first },
      ...(cost ? ads.map(column) : []),
      ...STEPS.map(column),
      column('orders'),
      column('net'),
      ...(cost ? ['cost', 'cpa', 'cac', ...RATIOS].map(column) : []),
    ],
    rows: rows.map(([name, cell, of]) => [
      { text: name },
      ...(cost
        ? ads.map((key): Cell => ({ text: f.number(cell[key], 0), value: cell[key] ?? null }))
        : []),
      ...STEPS.map((step): Cell => ({
        text: complete(cell, step) ? f.number(cell[step]) : `${f.number(cell[step])}*`,
        value: cell[step],
        ...(cell[step] > 0 ? drillOf(answer, { series: step, ...of }) : {}),
      })),
      { text: f.number(cell.orders), value: cell.orders },
      money(cell.net),
      ...(cost ? [money(cell.cost), money(cell.cpa), money(cell.cac)] : []),
      ...(cost
        ? RATIOS.map((id): Cell => ({ text: ratio(id, cell, f), value: cell[id] ?? null }))
        : []),
    ]),
  }
}
