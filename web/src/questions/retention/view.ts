import type { ChartOption } from '@/adapter/chart-core'
import type { RetentionAnswer } from '@/shared/api-types'
import { valueName } from '../builder/options'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { textOf } from '../common'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { AnswerBase, Cell, Figure, Headline, Query, Say, Table, View } from '../kind'

type Answer = RetentionAnswer & AnswerBase
type Cohort = RetentionAnswer['cohorts'][number]

const LINES_MAX = 8
/** Periods whose mean stands on top; people ask for the 1st, 3rd, 7th … day. */
const SHOWN = [1, 2, 3, 7, 14, 30]

/** 第 1 天, 第 1–3 天, 第 4 天起. */
function columnName(column: Answer['columns'][number], query: Query, { words }: Say): string {
  const { t } = words
  const unit = t(`questions.retention.per.${textOf(query.unit, 'day')}`)
  const { from, to } = column
  if (to === null) return t('questions.retention.since', { unit, n: from })
  if (to !== from) return t('questions.retention.span', { unit, a: from, b: to })
  return t('questions.retention.nth', { unit, n: from })
}

export function view(answer: Answer, query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const names = answer.columns.map((c) => columnName(c, query, say))
  const lines = answer.breakdown ?? []
  const figures: Figure[] = [
    {
      id: 'curve',
      title: t('questions.retention.curve'),
      term: 'retention',
      height: 300,
      chart: curve(answer, names, say),
      ...(answer.mean.slice(1).every((rate) => rate === null)
        ? { blank: t('questions.retention.blank') }
        : {}),
    },
    {
      id: 'cohorts',
      title: t('questions.retention.heat'),
      term: 'retention',
      table: heat(answer, answer.cohorts, answer.mean, names, say),
    },
  ]
  if (lines.length > 0) {
    figures.push({
      id: 'breakdown',
      title: t('questions.funnel.byValue'),
      table: byValue(answer, names, say),
    })
  }
  return {
    empty: answer.entries === 0,
    headlines: [
      {
        id: 'entries',
        label: term('cohortSize').name,
        term: 'cohortSize',
        value: answer.entries,
        text: f.number(answer.entries),
        unit: term('cohortSize').unit,
        as: 'number',
      },
      ...SHOWN.filter((n) => n < names.length).map((n): Headline => {
        const value = answer.mean[n] ?? null
        const name = names[n]!
        return {
          id: `mean${n}`,
          label: t('questions.retention.mean1', { name }),
          term: 'retention',
          value,
          text: f.percent(value),
          as: 'percent',
        }
      }),
    ],
    figures,
    notes: answer.cohorts.some((c) => c.cells.some((cell) => cell.partial))
      ? [t('questions.retention.partial')]
      : [],
  }
}

function curve(answer: Answer, names: string[], { words, f }: Say): ChartOption {
  const parts = (answer.breakdown ?? []).slice(0, LINES_MAX)
  const line = (name: string, data: (number | null)[], bold: boolean) => ({
    type: 'line' as const,
    name,
    data: data.slice(1),
    symbolSize: 6,
    lineStyle: { width: bold ? 3 : 1.6 },
    tooltip: { valueFormatter: (v: unknown) => f.percent(v as number | null) },
  })
  return {
    grid,
    legend,
    tooltip: { trigger: 'axis', confine: true },
    // The 100 % of period 0 would press all that matters to the floor.
    xAxis: { ...categoryAxis(names.slice(1)), boundaryGap: names.length <= 2 },
    yAxis: { ...valueAxis('%', (v) => f.percent(v, 0)), min: 0 },
    series: [
      line(words.t('questions.retention.all'), answer.mean, true),
      ...parts.map((p) => line(valueName(p.value, words), p.mean, false)),
    ],
  }
}

function heat(
  answer: Answer,
  cohorts: Cohort[],
  mean: (number | null)[],
  names: string[],
  { words, f }: Say,
): Table {
  const { t } = words
  const cellOf = (cohort: Cohort, n: number): Cell => {
    const cell = cohort.cells[n]
    if (!cell || cell.rate === null || (cell.partial && cell.count === 0)) {
      return { text: '', value: null }
    }
    return {
      text: `${f.percent(cell.rate, 1)}${cell.partial ? '*' : ''}`,
      value: cell.rate,
      heat: cell.rate ?? 0,
      ...(cell.count > 0
        ? drillOf(answer, { bucket: cohort.bucket, step: n, side: 'converted' })
        : {}),
    }
  }
  return {
    columns: [
      { title: t('questions.retention.cohortDate') },
      { title: term('cohortSize').name, term: 'cohortSize', num: true },
      ...names.slice(1).map((title) => ({ title, num: true })),
    ],
    rows: [
      [
        { text: t('questions.retention.meanRow'), bold: true },
        { text: f.number(answer.entries), value: answer.entries },
        ...mean.slice(1).map((rate): Cell => ({
          text: f.percent(rate, 1),
          value: rate,
          ...(rate === null ? {} : { heat: rate }),
        })),
      ],
      ...cohorts.map((cohort) => [
        { text: cohort.bucket },
        { text: f.number(cohort.size), value: cohort.size },
        ...names.slice(1).map((_, i) => cellOf(cohort, i + 1)),
      ]),
    ],
  }
}

function byValue(answer: Answer, names: string[], { words, f }: Say): Table {
  return {
    columns: [
      { title: words.t('questions.value') },
      { title: term('cohortSize').name, term: 'cohortSize', num: true },
      ...names.slice(1).map((title) => ({ title, num: true })),
    ],
    rows: (answer.breakdown ?? []).map((line) => [
      { text: valueName(line.value, words) },
      { text: f.number(line.entries), value: line.entries },
      ...line.mean.slice(1).map((rate): Cell => ({
        text: f.percent(rate, 1),
        value: rate,
        ...(rate === null ? {} : { heat: rate }),
      })),
    ]),
  }
}
