import type { ChartOption } from '@/adapter/chart-core'
import type { TrendsAnswer, TrendsSeries } from '@/shared/api-types'
import { propName, valueName } from '../builder/options'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { changeOf } from '../change'
import { listOf, objectOf, textOf } from '../common'
import { term } from '../glossary'
import { drillOf } from '../drill'
import type { AnswerBase, Cell, Drill, Headline, Query, Say, Table, View } from '../kind'
import { axisGroup, goalAs, ROLLING, show, unitName, unitOf, type Unit } from '../unit'
import { letter, seriesOf, topSeries } from './query'

const LINES_MAX = 8
const COMPARED_MAX = 4

type Answer = TrendsAnswer & AnswerBase

/** Turns names such as A and F1 into words and units. */
function naming(query: Query, say: Say, called: Record<string, string>) {
  const { words } = say
  const { t, word } = words
  const forms = seriesOf(query)
  const units = new Map<string, Unit>(
    forms.map((form, i) => [letter(i), unitOf(form.measure, form.prop)]),
  )
  const exprs = new Map<string, string>()
  for (const formula of listOf(query.formulas)) {
    const { name, expr } = objectOf(formula)
    exprs.set(textOf(name), textOf(expr))
  }
  function unit(name: string): Unit {
    const own = units.get(name)
    if (own) return own
    const ratio = /^\s*([A-Z])\s*\/\s*([A-Z])\s*$/.exec(exprs.get(name) ?? '')
    if (!ratio) return 'value'
    const [a, b] = [units.get(ratio[1]!), units.get(ratio[2]!)]
    return a && b && axisGroup(a) === axisGroup(b) ? 'percent' : a === 'yuan' ? 'yuan' : 'value'
  }
  /** The term of a series of rolling windows, or of a formula made of some. */
  function rolling(name: string): string | undefined {
    const own = forms[name.charCodeAt(0) - 65]?.measure
    if (name.length === 1) return own && ROLLING.includes(own) ? `rolling_${own}` : undefined
    const of = (exprs.get(name) ?? '').match(/[A-Z]/g) ?? []
    return of.some((n) => rolling(n)) ? 'rollingRatio' : undefined
  }
  function nameOf(s: TrendsSeries): string {
    const expr = exprs.get(s.name)
    const form = forms[s.name.charCodeAt(0) - 65]
    const measured = form
      ? `${word('event', form.event)} · ${t(`questions.measures.${form.measure}`)}` +
        (form.prop ? ` ${propName(form.prop, words)}` : '')
      : ''
    const base = called[s.name] ?? (expr ? `${s.name} = ${expr}` : `${s.name} ${measured}`)
    const values = s.breakdown.map((v) => valueName(v, words)).join(' / ')
    return values ? `${base} · ${values}` : base
  }
  return { unit, nameOf, rolling }
}

const shortBucket = (bucket: string, interval: string) =>
  interval === 'month' ? bucket : bucket.slice(5).replace('T', ' ') || bucket

/** What has not begun by `as_of` has no value; zero would look like a fall. */
function untilNow(answer: Answer, { f }: Say): Answer {
  const now = f.time(answer.as_of)
  const begun = answer.buckets.filter((b) => b.replace('T', ' ') <= now).length
  if (begun === answer.buckets.length) return answer
  const cut = (values: (number | null)[]) => values.map((v, i) => (i < begun ? v : null))
  return { ...answer, series: answer.series.map((s) => ({ ...s, values: cut(s.values) })) }
}

/** `called`: names of series that are better known under them. */
export function view(
  answer: Answer,
  query: Query,
  say: Say,
  called: Record<string, string> = {},
): View {
  answer = untilNow(answer, say)
  const { words } = say
  const { t } = words
  const names = naming(query, say, called)
  const { series } = answer
  const interval = textOf(query.interval, 'day')
  const buckets = answer.buckets.map((b) => shortBucket(b, interval))
  const drawn = topSeries(series, LINES_MAX)
  const notes: string[] = []
  if (series.length > drawn.length) notes.push(t('questions.topShown', { n: drawn.length }))
  if (series.some((s) => s.final.some((done) => !done))) notes.push(t('questions.notFinal'))
  return {
    empty: series.every((s) => s.values.every((v) => v === null || v === 0)),
    headlines: series.slice(0, 6).map((s) => headlineOf(s, answer, names, say)),
    figures: [
      {
        id: 'trend',
        title: t('questions.page.trends.figure'),
        term: 'trend',
        height: 340,
        chart: chart(drawn, answer, buckets, names, say),
        table: table(answer, buckets, names, say),
      },
    ],
    notes,
  }
}

function headlineOf(
  s: TrendsSeries,
  answer: Answer,
  names: ReturnType<typeof naming>,
  { words, f }: Say,
): Headline {
  const unit = names.unit(s.name)
  const rolling = names.rolling(s.name)
  // A rolling number belongs to its day: the latest stands for the whole.
  const last = rolling ? s.values.findLastIndex((v) => v !== null) : -1
  const value = rolling ? (s.values[last] ?? null) : s.total
  const before = s.previous && (rolling ? (s.previous.values[last] ?? null) : s.previous.total)
  const day = rolling && last >= 0 ? ` · ${shortBucket(answer.buckets[last]!, 'day')}` : ''
  return {
    id: [s.name, ...s.breakdown].join('|'),
    label: names.nameOf(s) + day,
    term: rolling ?? 'rangeTotal',
    value,
    text: show(value, unit, f),
    unit: unitName(unit, words),
    as: goalAs(unit),
    ...(before === undefined ? {} : { previous: before, previous_text: show(before, unit, f) }),
    spark: s.values,
  }
}

/** A formula has no people of its own. */
function cellDrill(answer: Answer, s: TrendsSeries, bucket?: number): { drill?: Drill } {
  if (s.name.length > 1) return {}
  return drillOf(answer, {
    series: s.name,
    ...(bucket === undefined ? {} : { bucket: answer.buckets[bucket]! }),
    ...(s.breakdown.length > 0 ? { breakdown: s.breakdown } : {}),
  })
}

function chart(
  drawn: TrendsSeries[],
  answer: Answer,
  buckets: string[],
  names: ReturnType<typeof naming>,
  { words, f }: Say,
): ChartOption {
  const { t } = words
  // Two scales for two counts would make equal lines look different: counts share an axis.
  const groups = [...new Set(drawn.map((s) => axisGroup(names.unit(s.name))))]
  const axisOf = (s: TrendsSeries) => Math.min(1, groups.indexOf(axisGroup(names.unit(s.name))))
  const unitsOf = (group: string) => [
    ...new Set(drawn.map((s) => names.unit(s.name)).filter((u) => axisGroup(u) === group)),
  ]
  const tip = (s: TrendsSeries) => ({
    valueFormatter: (v: unknown) => {
      const unit = names.unit(s.name)
      return `${show(v as number | null, unit, f)} ${unitName(unit, words)}`
    },
  })
  const lines = drawn.map((s) => ({
    type: 'line' as const,
    name: names.nameOf(s),
    yAxisIndex: axisOf(s),
    symbolSize: 6,
    showSymbol: s.values.length <= 31,
    connectNulls: false,
    tooltip: tip(s),
    data: s.values.map((value, i) => {
      const { drill } = cellDrill(answer, s, i)
      return drill ? { value, drill, what: `${names.nameOf(s)} ${buckets[i]}` } : value
    }),
  }))
  const before = drawn.length > COMPARED_MAX ? [] : drawn.filter((s) => s.previous)
  const earlier = before.map((s) => ({
    type: 'line' as const,
    name: `${names.nameOf(s)} (${t('questions.before')})`,
    yAxisIndex: axisOf(s),
    showSymbol: false,
    lineStyle: { type: 'dashed' as const, width: 1.5 },
    color: '#9aa8b8',
    tooltip: tip(s),
    data: s.previous!.values,
  }))
  const yAxis = groups.slice(0, 2).map((group, i) => {
    const axis = valueAxis(
      unitsOf(group)
        .map((u) => t(`questions.units.${u}`))
        .join(' / '),
      (v) => (group === 'percent' ? f.percent(v, 0) : f.compact(group === 'yuan' ? v / 100 : v)),
    )
    return i === 0
      ? axis
      : { ...axis, splitLine: { show: false }, nameTextStyle: { align: 'right' as const } }
  })
  return {
    grid: { ...grid, top: 40 + 22 * Math.ceil((lines.length + earlier.length) / 4) },
    legend,
    tooltip: { trigger: 'axis', confine: true },
    xAxis: { ...categoryAxis(buckets), boundaryGap: buckets.length === 1 },
    yAxis,
    series: [...lines, ...earlier],
  }
}

function table(
  answer: Answer,
  buckets: string[],
  names: ReturnType<typeof naming>,
  { words, f }: Say,
): Table {
  const { t } = words
  const { series } = answer
  const compared = series.some((s) => s.previous)
  const signed = (change: number | null) =>
    change === null ? '—' : `${change > 0 ? '+' : ''}${f.percent(change)}`
  const cell = (value: number | null, unit: Unit, drill?: Drill): Cell => ({
    text: show(value, unit, f),
    value: unit === 'yuan' && value !== null ? value / 100 : value,
    ...(drill && value ? { drill } : {}),
  })
  return {
    columns: [
      { title: t('questions.series') },
      { title: term('rangeTotal').name, term: 'rangeTotal', num: true },
      ...(compared ? [{ title: term('change').name, term: 'change', num: true }] : []),
      ...buckets.map((b, i) => ({
        title: series[0]?.final[i] === false ? `${b}*` : b,
        num: true,
      })),
    ],
    rows: series.map((s) => {
      const unit = names.unit(s.name)
      const change = changeOf(s.total, s.previous?.total)
      return [
        { text: names.nameOf(s), faint: t(`questions.units.${unit}`) },
        { ...cell(s.total, unit, cellDrill(answer, s).drill), bold: true },
        ...(compared ? [{ text: signed(change), value: change }] : []),
        ...s.values.map((v, i) => cell(v, unit, cellDrill(answer, s, i).drill)),
      ]
    }),
  }
}
