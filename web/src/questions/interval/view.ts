import type { ChartOption } from '@/adapter/chart-core'
import '@/adapter/chart-boxplot'
import { CHART_COLORS, CHART_TEXT } from '@/adapter/chart-theme'
import { valueName } from '../builder/options'
import { categoryAxis, grid, valueAxis } from '../chart-parts'
import { term } from '../glossary'
import type { Cell, Figure, Query, Say, Table, View } from '../kind'
import type { IntervalAnswer, IntervalBin, IntervalBox } from '@/shared/api-types'

const BOXES_MAX = 12
const STATS = ['min_ms', 'p25_ms', 'p50_ms', 'p75_ms', 'p90_ms', 'max_ms', 'avg_ms'] as const

const boxOf = (box: IntervalBox) =>
  box.pairs === 0
    ? []
    : [box.min_ms!, box.p25_ms!, box.p50_ms!, box.p75_ms!, box.max_ms!].map((ms) => ms / 60_000)

export function view(answer: IntervalAnswer, _query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const parts = answer.series.filter((s) => s.breakdown.length > 0)
  const { total } = answer
  const first = answer.series.find((s) => s.breakdown.length === 0)
  const nameOf = (s: { breakdown: string[] }) =>
    s.breakdown.map((v) => valueName(v, words)).join(' / ')
  const boxes: [string, IntervalBox][] =
    parts.length > 0
      ? [
          [t('questions.retention.all'), total],
          ...parts.slice(0, BOXES_MAX).map((s): [string, IntervalBox] => [nameOf(s), s.total]),
        ]
      : answer.buckets.map((b, i): [string, IntervalBox] => [
          b.slice(5) || b,
          first?.values[i] ?? total,
        ])
  const figures: Figure[] = [
    {
      id: 'box',
      title: t('questions.intervalPage.box'),
      term: 'interval',
      height: 320,
      chart: boxChart(boxes, say),
      table: table(
        [
          [t('questions.retention.all'), total],
          ...parts.map((s): [string, IntervalBox] => [nameOf(s), s.total]),
          ...(parts.length === 0 ? boxes : []),
        ],
        say,
      ),
    },
    {
      id: 'histogram',
      title: t('questions.intervalPage.histogram'),
      term: 'interval',
      height: 260,
      chart: histogram(answer.histogram, say),
    },
  ]
  const time = (id: (typeof STATS)[number]) => ({
    id,
    label: t(`questions.stat.${id.replace('_ms', '')}`),
    term: 'interval',
    value: total[id],
    text: f.duration(total[id]),
  })
  return {
    empty: total.pairs === 0,
    headlines: [
      time('p50_ms'),
      time('avg_ms'),
      time('p90_ms'),
      {
        id: 'pairs',
        label: term('pairs').name,
        term: 'pairs',
        value: total.pairs,
        text: f.number(total.pairs),
        unit: term('pairs').unit,
        as: 'number',
      },
      {
        id: 'persons',
        label: term('people').name,
        term: 'people',
        value: total.persons,
        text: f.number(total.persons),
        unit: term('people').unit,
        as: 'number',
      },
    ],
    figures,
    notes: answer.final.some((done) => !done) ? [t('questions.intervalPage.notFinal')] : [],
  }
}

function boxChart(boxes: [string, IntervalBox][], { words, f }: Say): ChartOption {
  const minutes = (v: number) => f.duration(v * 60_000)
  const stats = ['min', 'p25', 'p50', 'p75', 'max']
  return {
    grid: { ...grid, top: 34 },
    tooltip: {
      trigger: 'item',
      confine: true,
      formatter: (item) => {
        const { name, dataIndex } = item as unknown as { name: string; dataIndex: number }
        const values = boxOf(boxes[dataIndex]![1])
        const lines = stats.map(
          (s, i) => `${words.t(`questions.stat.${s}`)} ${minutes(values[i]!)}`,
        )
        return [name, ...lines].join('<br>')
      },
    },
    xAxis: categoryAxis(boxes.map(([name]) => name)),
    yAxis: valueAxis('', minutes),
    series: [
      {
        type: 'boxplot',
        itemStyle: { color: '#e9f3fb', borderColor: CHART_COLORS[0] },
        boxWidth: [8, 40],
        data: boxes.map(([, box]) => boxOf(box)),
      },
    ],
  }
}

function histogram(bins: IntervalBin[], { words, f }: Say): ChartOption {
  const unit = term('pairs').unit
  return {
    grid: { ...grid, top: 34 },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      valueFormatter: (v) => `${f.number(Number(v))} ${unit}`,
    },
    xAxis: {
      ...categoryAxis(
        bins.map((b) =>
          b.to_ms === null
            ? `≥ ${f.duration(b.from_ms)}`
            : b.from_ms === 0
              ? `< ${f.duration(b.to_ms)}`
              : f.duration(b.from_ms),
        ),
      ),
      axisLabel: { color: CHART_TEXT, hideOverlap: true, fontSize: 11 },
    },
    yAxis: { ...valueAxis(unit, (v) => f.compact(v)), minInterval: 1 },
    series: [
      {
        type: 'bar',
        name: words.t('questions.intervalPage.pairs'),
        color: CHART_COLORS[1],
        barMaxWidth: 36,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
        data: bins.map((b) => b.pairs),
      },
    ],
  }
}

function table(rows: [string, IntervalBox][], { words, f }: Say): Table {
  const { t } = words
  return {
    columns: [
      { title: t('questions.value') },
      { title: term('pairs').name, term: 'pairs', num: true },
      { title: term('people').name, term: 'people', num: true },
      ...STATS.map((stat) => ({
        title: t(`questions.stat.${stat.replace('_ms', '')}`),
        raw: t('questions.unit.ms'),
        num: true,
      })),
    ],
    rows: rows.map(([name, box]) => [
      { text: name },
      { text: f.number(box.pairs), value: box.pairs },
      { text: f.number(box.persons), value: box.persons },
      ...STATS.map((stat): Cell => ({ text: f.duration(box[stat]), value: box[stat] })),
    ]),
  }
}
