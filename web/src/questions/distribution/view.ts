import { CHART_COLORS } from '@/adapter/chart-theme'
import { isMoney, valueName } from '../builder/options'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { objectOf, textOf } from '../common'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Column, Figure, Headline, Query, Say, Table, View } from '../kind'
import type { DistributionAnswer as Answer, DistributionCell as Spread } from '@/shared/api-types'
import { goalAs, show, unitName, type Unit } from '../unit'

const VALUES_MAX = 6
const UNITS: Record<string, Unit> = { count: 'times', active_days: 'days', active_hours: 'hours' }

function unitOfQuery(query: Query): Unit {
  const metric = objectOf(query.metric)
  return UNITS[textOf(metric.agg, 'count')] ?? (isMoney(textOf(metric.prop)) ? 'yuan' : 'value')
}

/** [3, 6) of whole numbers reads 3–5; of money and averages ¥3 – ¥6. */
function binName(bin: Answer['bins'][number], whole: boolean, text: (v: number) => string): string {
  const { from, to } = bin
  if (from === null) return `< ${text(to!)}`
  if (to === null) return `≥ ${text(from)}`
  if (whole) return to - from <= 1 ? text(from) : `${text(from)}–${text(to - 1)}`
  return `${text(from)} – ${text(to)}`
}

export function view(answer: Answer, query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const unit = unitOfQuery(query)
  const whole = unit in { times: 1, days: 1, hours: 1 }
  const text = (v: number) => show(v, unit, f)
  // The bin below the first bound is empty unless there are negative numbers or zeros.
  const used = answer.bins
    .map((bin, i) => ({ i, name: binName(bin, whole, text) }))
    .filter(({ i }) => answer.bins[i]!.from !== null || (answer.total.counts[i] ?? 0) > 0)
  const names = used.map((b) => b.name)
  const countsOf = (spread: Spread) => used.map(({ i }) => spread.counts[i] ?? 0)
  const parts = answer.series.filter((s) => s.breakdown.length > 0)
  const { total } = answer

  const bars = parts.length > 0 ? parts.slice(0, VALUES_MAX) : null
  const figures: Figure[] = [
    {
      id: 'bins',
      title: t('questions.distribution.figure'),
      term: 'distribution',
      chart: {
        grid,
        legend,
        tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
        xAxis: categoryAxis(names),
        yAxis: { ...valueAxis(t('questions.units.people'), (v) => f.compact(v)), minInterval: 1 },
        series: (bars ?? [{ breakdown: [], total }]).map((s, k) => ({
          type: 'bar' as const,
          name: bars
            ? s.breakdown.map((v) => valueName(v, words)).join(' / ')
            : term('people').name,
          color: CHART_COLORS[k],
          barMaxWidth: 48,
          itemStyle: { borderRadius: [3, 3, 0, 0] },
          data: countsOf(s.total),
        })),
      },
      table: binTable(answer, used, say),
    },
    {
      id: 'spread',
      title: t('questions.distribution.spread'),
      table: spreadTable(answer, unit, say),
    },
  ]
  const number = (id: keyof Spread & string, value: number | null): Headline => ({
    id,
    label: t(`questions.stat.${id}`),
    term: 'distribution',
    value,
    text: show(value, unit === 'yuan' ? 'yuan' : 'value', f),
    unit: unitName(unit, words),
    as: goalAs(unit),
  })
  return {
    empty: total.persons === 0,
    headlines: [
      {
        id: 'persons',
        label: term('people').name,
        term: 'people',
        value: total.persons,
        text: f.number(total.persons),
        unit: term('people').unit,
        as: 'number',
      },
      number('avg', total.avg),
      number('p50', total.p50),
      number('p90', total.p90),
      number('max', total.max),
    ],
    figures,
    notes: parts.length > VALUES_MAX ? [t('questions.topShown', { n: VALUES_MAX })] : [],
  }
}

function binTable(answer: Answer, used: { i: number; name: string }[], { words, f }: Say): Table {
  const { t } = words
  const parts = answer.series.filter((s) => s.breakdown.length > 0)
  const share = (count: number, of: Spread) => (of.persons === 0 ? null : count / of.persons)
  return {
    columns: [
      { title: t('questions.distribution.bin') },
      { title: term('people').name, term: 'people', unit: term('people').unit, num: true },
      { title: t('questions.share'), term: 'share', num: true },
      ...parts.map((s) => ({
        title: s.breakdown.map((v) => valueName(v, words)).join(' / '),
        num: true,
      })),
    ],
    rows: used.map(({ i, name }) => {
      const count = answer.total.counts[i] ?? 0
      const part = share(count, answer.total)
      return [
        { text: name },
        {
          text: f.number(count),
          value: count,
          ...(count > 0 ? drillOf(answer, { step: i + 1 }) : {}),
        },
        { text: f.percent(part), value: part },
        ...parts.map((s): Cell => {
          const n = s.total.counts[i] ?? 0
          return { text: f.number(n), value: n, faint: f.percent(share(n, s.total), 1) }
        }),
      ]
    }),
  }
}

const STATS = ['avg', 'min', 'p25', 'p50', 'p75', 'p90', 'max'] as const

function spreadTable(answer: Answer, unit: Unit, { words, f }: Say): Table {
  const { t } = words
  const column = (stat: string): Column => ({ title: t(`questions.stat.${stat}`), num: true })
  const row = (name: string, spread: Spread): Cell[] => [
    { text: name },
    { text: f.number(spread.persons), value: spread.persons },
    ...STATS.map((stat) => ({
      text: show(spread[stat], unit === 'yuan' ? 'yuan' : 'value', f),
      value: unit === 'yuan' && spread[stat] !== null ? spread[stat] / 100 : spread[stat],
    })),
  ]
  return {
    columns: [
      { title: t('questions.value') },
      { title: term('people').name, term: 'people', num: true },
      ...STATS.map(column),
    ],
    rows: [
      row(t('questions.retention.all'), answer.total),
      ...answer.series
        .filter((s) => s.breakdown.length > 0)
        .map((s) => row(s.breakdown.map((v) => valueName(v, words)).join(' / '), s.total)),
    ],
  }
}
