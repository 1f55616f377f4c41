import { CHART_COLORS, CHART_TEXT } from '@/adapter/chart-theme'
import type { ChartOption } from '@/adapter/chart-core'
import type { PortraitAnswer, PortraitDifference, PortraitFeature } from '@/shared/api-types'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Column, Figure, Headline, Query, Say, View } from '../kind'
import { provinceMap } from '../province-map'
import { featureName, valueOf } from './names'

type Value = PortraitFeature['values'][number]

const OTHERS = '#b9c4d1'
const MORE = CHART_COLORS[0]!
const LESS = '#d98395'
const DRAWN = 15

const people = () => term('people').unit

/** The group's people with a value, and the baseline's. */
const groupDrill = (answer: PortraitAnswer, feature: string, v: { value: string }) =>
  drillOf(answer, { series: feature, breakdown: [v.value] })
const baselineDrill = (answer: PortraitAnswer, feature: string, v: { value: string }) =>
  drillOf(answer, { series: feature, breakdown: [v.value], compare: true })

const times = (lift: number | null, { words, f }: Say) =>
  lift === null ? '—' : words.t('questions.portrait.times', { n: f.number(lift, 2) })
/** A difference of shares in points, with its sign. */
function points(difference: number | null, { words, f }: Say): string {
  if (difference === null) return '—'
  const said = words.t('questions.portrait.points', { n: f.number(difference * 100, 1) })
  return difference > 0 ? `+${said}` : said
}

function names(query: Query, { words }: Say) {
  const { t } = words
  const everyone = !query.compare || query.compare === 'everyone'
  return {
    group: t(query.segment || query.filter ? 'questions.portrait.group' : 'questions.everyone'),
    baseline: t(everyone ? 'questions.everyone' : 'questions.portrait.baseline'),
  }
}

function columns(query: Query, first: Column[], say: Say): Column[] {
  const { group, baseline } = names(query, say)
  return [
    ...first,
    { title: group, term: 'people', unit: people(), num: true },
    { title: say.words.t('questions.share'), term: 'share', num: true },
    { title: baseline, term: 'people', unit: people(), num: true },
    { title: say.words.t('questions.share'), term: 'share', num: true },
    { title: term('portraitDifference').name, term: 'portraitDifference', num: true },
    { title: term('lift').name, term: 'lift', num: true },
  ]
}

function cells(
  answer: PortraitAnswer,
  feature: string,
  v: Omit<PortraitDifference, 'feature'>,
  say: Say,
): Cell[] {
  const { f } = say
  return [
    {
      text: f.number(v.persons),
      value: v.persons,
      ...(v.persons > 0 ? groupDrill(answer, feature, v) : {}),
    },
    { text: f.percent(v.share), value: v.share },
    {
      text: f.number(v.baseline_persons),
      value: v.baseline_persons,
      ...(v.baseline_persons > 0 ? baselineDrill(answer, feature, v) : {}),
    },
    { text: f.percent(v.baseline_share), value: v.baseline_share },
    { text: points(v.difference, say), value: v.difference },
    { text: times(v.lift, say), value: v.lift },
  ]
}

export function view(answer: PortraitAnswer, query: Query, say: Say): View {
  const { t } = say.words
  const [known, unknown] = [answer.features.filter(has), answer.features.filter((x) => !has(x))]
  const missing = unknown.map((x) => featureName(x.feature, say.words)).join(t('questions.comma'))
  return {
    empty: answer.persons === 0,
    headlines: headlines(answer, query, say),
    figures: [
      ranking(answer, say),
      ...known.flatMap((feature) => figuresOf(answer, feature, query, say)),
      ...(answer.differences.length > 0 ? [differences(answer, query, say)] : []),
    ],
    notes: missing ? [t('questions.portrait.noValues', { names: missing })] : [],
  }
}

function headlines(answer: PortraitAnswer, query: Query, say: Say): Headline[] {
  const { group, baseline } = names(query, say)
  const one = (id: string, label: string, n: number, drill: object): Headline => ({
    id,
    label,
    term: 'people',
    value: n,
    text: say.f.number(n),
    unit: people(),
    as: 'number',
    ...drill,
  })
  return [
    one('persons', group, answer.persons, drillOf(answer, {})),
    one('baseline', baseline, answer.baseline_persons, drillOf(answer, { compare: true })),
    one('both', say.words.t('questions.portrait.both'), answer.both, {}),
  ]
}

const has = (feature: PortraitFeature) =>
  feature.values.some((v) => v.persons + v.baseline_persons > 0)

/** The values that differ most, as bars to the right (more common in the group) and left. */
function ranking(answer: PortraitAnswer, say: Say): Figure {
  const { t } = say.words
  const all = answer.differences
  const name = (d: PortraitDifference) =>
    `${featureName(d.feature, say.words)}: ${valueOf(d.feature, d, say)}`
  const drawn = all.slice(0, DRAWN).reverse()
  return {
    id: 'differences',
    title: term('portraitRanking').name,
    term: 'portraitRanking',
    height: 70 + 26 * drawn.length,
    ...(all.length === 0 ? { blank: t('questions.portrait.alike') } : {}),
    chart: {
      grid: { ...grid, top: 8, right: 76 },
      tooltip: { trigger: 'item' as const },
      yAxis: categoryAxis(drawn.map(name)),
      xAxis: valueAxis('', (v) => `${v}`),
      series: [
        {
          type: 'bar' as const,
          name: term('portraitDifference').name,
          barMaxWidth: 16,
          label: {
            show: true,
            position: 'right' as const,
            color: CHART_TEXT,
            formatter: ({ dataIndex }: { dataIndex: number }) =>
              points(drawn[dataIndex]!.difference, say),
          },
          data: drawn.map((d) => ({
            value: Number(((d.difference ?? 0) * 100).toFixed(2)),
            itemStyle: { color: (d.difference ?? 0) > 0 ? MORE : LESS },
            // Labels of bars to the left stand at their base, where there is room.
            ...((d.difference ?? 0) < 0 ? { label: { position: 'insideRight' as const } } : {}),
            ...groupDrill(answer, d.feature, d),
            what: name(d),
          })),
        },
      ],
    },
  }
}

function differences(answer: PortraitAnswer, query: Query, say: Say): Figure {
  const { t } = say.words
  return {
    id: 'differencesTable',
    title: t('questions.portrait.table'),
    term: 'portraitRanking',
    table: {
      columns: columns(
        query,
        [{ title: t('questions.portrait.feature') }, { title: t('questions.portrait.value') }],
        say,
      ),
      rows: answer.differences.map((d) => [
        { text: featureName(d.feature, say.words) },
        { text: valueOf(d.feature, d, say) },
        ...cells(answer, d.feature, d, say),
      ]),
    },
  }
}

function figuresOf(
  answer: PortraitAnswer,
  feature: PortraitFeature,
  query: Query,
  say: Say,
): Figure[] {
  const title = featureName(feature.feature, say.words)
  const map = provinceMap(
    feature.values.map((v) => ({ ...v, ...groupDrill(answer, feature.feature, v) })),
    answer.persons,
    say,
  )
  const more = feature.distinct - feature.values.length
  const shown: Value[] =
    feature.none.persons + feature.none.baseline_persons > 0
      ? [...feature.values, { ...feature.none, value: '$none' }]
      : feature.values
  const figure: Figure = {
    id: feature.feature,
    title,
    term: 'portraitFeature',
    half: true,
    height: feature.feature === 'hour' ? 280 : 74 + 34 * Math.min(rowsMax(feature), shown.length),
    chart:
      feature.feature === 'hour'
        ? upright(answer, feature, shown, query, say)
        : lying(answer, feature, shown, query, say),
    table: {
      columns: columns(query, [{ title }], say),
      rows: shown.map((v) => [
        { text: valueOf(feature.feature, v, say) },
        ...cells(answer, feature.feature, v, say),
      ]),
      ...(more > 0
        ? { note: say.words.t('questions.portrait.more', { n: say.f.number(more) }) }
        : {}),
    },
  }
  if (!map) return [figure]
  const mapTitle = say.words.t('questions.portrait.map', { name: title })
  // English names of provinces need the whole width.
  const half = say.words.locale.value === 'zh-CN'
  return [
    { id: `${feature.feature}.map`, title: mapTitle, term: 'provinceMap', grid: map, half },
    { ...figure, half },
  ]
}

function series(
  answer: PortraitAnswer,
  feature: PortraitFeature,
  values: Value[],
  query: Query,
  say: Say,
) {
  const said = names(query, say)
  const title = featureName(feature.feature, say.words)
  const data = (of: 'share' | 'baseline_share') =>
    values.map((v) => ({
      value: Number(((v[of] ?? 0) * 100).toFixed(2)),
      ...(of === 'share'
        ? groupDrill(answer, feature.feature, v)
        : baselineDrill(answer, feature.feature, v)),
      what: `${title}: ${valueOf(feature.feature, v, say)}`,
    }))
  const bar = { type: 'bar' as const, barMaxWidth: 12, barGap: '10%' }
  return [
    { ...bar, name: said.group, color: MORE, data: data('share') },
    { ...bar, name: said.baseline, color: OTHERS, data: data('baseline_share') },
  ]
}

const percent = {
  trigger: 'axis' as const,
  axisPointer: { type: 'shadow' as const },
  valueFormatter: (v: unknown) => `${String(v)}%`,
}
const LYING = 8
const rowsMax = (feature: PortraitFeature) => (feature.ordered ? Infinity : LYING)

/** Long names read better on lying bars; the table has those that do not fit. */
function lying(
  answer: PortraitAnswer,
  feature: PortraitFeature,
  all: Value[],
  query: Query,
  say: Say,
): ChartOption {
  const values = all.slice(0, rowsMax(feature)).toReversed()
  return {
    grid: { ...grid, top: 34, right: 20 },
    legend,
    tooltip: percent,
    yAxis: categoryAxis(values.map((v) => valueOf(feature.feature, v, say))),
    xAxis: valueAxis('', (v) => `${v}%`),
    series: series(answer, feature, values, query, say),
  }
}

function upright(
  answer: PortraitAnswer,
  feature: PortraitFeature,
  values: Value[],
  query: Query,
  say: Say,
): ChartOption {
  const hours = values.filter((v) => v.value !== '$none')
  return {
    grid: { ...grid, top: 40 },
    legend,
    tooltip: percent,
    xAxis: categoryAxis(hours.map((v) => v.value)),
    yAxis: valueAxis('', (v) => `${v}%`),
    series: series(answer, feature, hours, query, say),
  }
}
