import type { ChartOption } from '@/adapter/chart-core'
import { valueName } from '../builder/options'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { textOf } from '../common'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Drill, Figure, Headline, Query, Say, Table, View } from '../kind'
import type {
  ClvAnswer,
  LtvAnswer,
  LtvCell,
  RepurchaseAnswer,
  RepurchaseCell,
} from '@/shared/api-types'
import { clvView } from './clv'

const LINES_MAX = 8

export function view(
  answer: LtvAnswer | RepurchaseAnswer | ClvAnswer,
  query: Query,
  say: Say,
): View {
  if (query.kind === 'clv') return clvView(answer as ClvAnswer, say)
  return query.kind === 'repurchase'
    ? repurchase(answer as RepurchaseAnswer, say)
    : ltv(answer as LtvAnswer, query, say)
}

/** The last period that everybody has been through. */
function lastKnown(cell: LtvCell): number {
  let last = -1
  cell.ltv.forEach((v, n) => {
    if (v !== null) last = n
  })
  return last
}

function ltv(answer: LtvAnswer, query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const unit = t(`questions.retention.per.${textOf(query.unit, 'day')}`)
  const { total } = answer
  const names = total.ltv.map((_, n) => t('questions.retention.nth', { unit, n }))
  const parts = answer.series.filter((s) => s.breakdown.length > 0)
  const known = lastKnown(total)
  const worth = known < 0 ? null : (total.ltv[known] ?? null)
  const lines: Row[] = [
    [t('questions.retention.all'), total, {}],
    ...parts
      .slice(0, LINES_MAX)
      .map((s): Row => [
        s.breakdown.map((v) => valueName(v, words)).join(' / '),
        s.total,
        { breakdown: s.breakdown },
      ]),
  ]
  const figures: Figure[] = [
    {
      id: 'curve',
      title: t('questions.ltv.curve'),
      term: 'ltv',
      chart: curve(lines, names, say),
      ...(known < 0 ? { blank: t('questions.ltv.blank') } : {}),
      table: ltvTable(answer, lines, names, say),
    },
    {
      id: 'cohorts',
      title: t('questions.ltv.cohorts'),
      term: 'ltv',
      table: ltvTable(
        answer,
        answer.buckets.map((b, i): Row => [b, answer.cohorts[i]!, { bucket: b }]),
        names,
        say,
      ),
    },
  ]
  const cost: Headline[] =
    total.cac === undefined
      ? []
      : [
          {
            id: 'cac',
            label: term('cac').name,
            term: 'cac',
            value: total.cac,
            text: f.money(total.cac),
            as: 'money',
          },
          {
            id: 'payback',
            label: term('payback').name,
            term: 'payback',
            value: total.payback ?? null,
            text:
              total.payback === null || total.payback === undefined
                ? t('questions.ltv.notYet')
                : t('questions.retention.nth', { unit, n: total.payback }),
          },
        ]
  return {
    empty: total.persons === 0,
    headlines: [
      {
        id: 'persons',
        label: t('questions.ltv.acquired'),
        term: 'cohortSize',
        value: total.persons,
        text: f.number(total.persons),
        unit: term('people').unit,
        as: 'number',
      },
      {
        id: 'ltv',
        label: known < 0 ? term('ltv').name : t('questions.ltv.upTo', { name: names[known] ?? '' }),
        term: 'ltv',
        value: worth,
        text: f.money(worth),
        as: 'money',
        spark: total.ltv,
      },
      ...cost,
    ],
    figures,
    notes: [t('questions.ltv.incomplete')],
  }
}

function curve(lines: Row[], names: string[], { f }: Say): ChartOption {
  const cost = lines[0]![1].cac
  return {
    grid,
    legend,
    tooltip: { trigger: 'axis', confine: true },
    xAxis: { ...categoryAxis(names), boundaryGap: false },
    yAxis: valueAxis('¥', (v) => f.compact(v / 100)),
    series: [
      ...lines.map(([name, cell], k) => ({
        type: 'line' as const,
        name,
        showSymbol: false,
        lineStyle: { width: k === 0 ? 3 : 1.6 },
        tooltip: { valueFormatter: (v: unknown) => f.money(v as number | null) },
        data: cell.ltv,
      })),
      ...(cost
        ? [
            {
              type: 'line' as const,
              name: term('cac').name,
              showSymbol: false,
              color: '#c4314b',
              lineStyle: { type: 'dashed' as const, width: 1.5 },
              tooltip: { valueFormatter: (v: unknown) => f.money(v as number | null) },
              data: names.map(() => cost),
            },
          ]
        : []),
    ],
  }
}

type Row = [name: string, cell: LtvCell, of: Drill]

function ltvTable(answer: LtvAnswer, rows: Row[], names: string[], { words, f }: Say): Table {
  const { t } = words
  const priced = rows.some(([, cell]) => cell.cac !== undefined)
  const most = Math.max(1, ...rows.flatMap(([, cell]) => cell.ltv.map((v) => v ?? 0)))
  return {
    columns: [
      { title: t('questions.retention.cohortDate') },
      { title: term('cohortSize').name, term: 'cohortSize', num: true },
      ...(priced
        ? [
            { title: term('cac').name, term: 'cac', num: true },
            { title: term('payback').name, term: 'payback', num: true },
          ]
        : []),
      ...names.map((title) => ({ title, num: true })),
    ],
    rows: rows.map(([name, cell, of]) => [
      { text: name },
      {
        text: f.number(cell.persons),
        value: cell.persons,
        ...(cell.persons > 0 ? drillOf(answer, of) : {}),
      },
      ...(priced
        ? [
            { text: f.money(cell.cac), value: cell.cac ?? null },
            {
              text: cell.payback === null ? t('questions.ltv.notYet') : f.number(cell.payback),
              value: cell.payback ?? null,
            },
          ]
        : []),
      ...names.map((_, n): Cell => {
        const v = cell.ltv[n] ?? null
        return v === null
          ? { text: '', value: null }
          : { text: f.money(v), value: v / 100, heat: (v / most) * 0.6 }
      }),
    ]),
  }
}

function repurchase(answer: RepurchaseAnswer, say: Say): View {
  const { words, f } = say
  const { t } = words
  const { total } = answer
  const cohort = answer.variant === 'cohort'
  const rates = (cell: RepurchaseCell): [string, number | null][] =>
    cohort
      ? (cell.within ?? []).map((w) => [t('questions.ltv.within', { n: w.days }), w.rate])
      : [[term('repurchase').name, cell.rate ?? null]]
  const lines = rates(total)
  return {
    empty: total.buyers === 0,
    headlines: [
      ...lines.map(([label, value], i) => ({
        id: `rate${i}`,
        label,
        term: 'repurchase',
        value,
        text: f.percent(value),
        as: 'percent' as const,
        spark: answer.values.map((v) => rates(v)[i]?.[1] ?? null),
      })),
      {
        id: 'buyers',
        label: t('questions.rfm.buyers'),
        value: total.buyers,
        text: f.number(total.buyers),
        unit: term('people').unit,
        as: 'number',
      },
    ],
    figures: [
      {
        id: 'rate',
        title: term('repurchase').name,
        term: 'repurchase',
        chart: {
          grid,
          legend,
          tooltip: { trigger: 'axis', confine: true },
          xAxis: { ...categoryAxis(answer.buckets), boundaryGap: answer.buckets.length === 1 },
          yAxis: { ...valueAxis('%', (v) => f.percent(v, 0)), min: 0 },
          series: lines.map(([name], i) => ({
            type: 'line' as const,
            name,
            symbolSize: 6,
            tooltip: { valueFormatter: (v: unknown) => f.percent(v as number | null) },
            data: answer.values.map((v) => rates(v)[i]?.[1] ?? null),
          })),
        },
        table: {
          columns: [
            { title: t('questions.date') },
            { title: t('questions.rfm.buyers'), num: true },
            ...lines.map(([title]) => ({ title, term: 'repurchase', num: true })),
          ],
          rows: [
            [t('questions.retention.all'), total] as [string, RepurchaseCell],
            ...answer.buckets.map((b, i): [string, RepurchaseCell] => [b, answer.values[i]!]),
          ].map(([name, cell], i) => [
            { text: name },
            {
              text: f.number(cell.buyers),
              value: cell.buyers,
              ...(cell.buyers > 0 ? drillOf(answer, i === 0 ? {} : { bucket: name }) : {}),
            },
            ...rates(cell).map(([, rate]): Cell => ({ text: f.percent(rate), value: rate })),
          ]),
        },
      },
    ],
    notes: [],
  }
}
