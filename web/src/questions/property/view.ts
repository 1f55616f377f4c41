import { CHART_COLORS } from '@/adapter/chart-theme'
import { propName, valueName } from '../builder/options'
import { categoryAxis, grid, valueAxis } from '../chart-parts'
import { textOf } from '../common'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Drill, Figure, Headline, Query, Say, View } from '../kind'
import type { PropertyAnswer } from '@/shared/api-types'
import { provinceMap } from '../province-map'

function rowsOf(answer: PropertyAnswer, { words, f }: Say): [string, number][] {
  if (answer.values) return answer.values.map((v) => [valueName(v.value, words), v.persons])
  if (answer.buckets) return answer.buckets.map((b) => [b.bucket, b.persons])
  return (answer.bins ?? []).map((b) => {
    const [from, to] = [f.number(b.from, 2), f.number(b.to, 2)]
    const name = b.from === null ? `< ${to}` : b.to === null ? `≥ ${from}` : `${from} – ${to}`
    return [name, b.persons]
  })
}

/** The number of row i, as drills name it. */
function cellOf(answer: PropertyAnswer, i: number): Drill {
  if (answer.values) return { breakdown: [answer.values[i]!.value] }
  return answer.buckets ? { bucket: answer.buckets[i]!.bucket } : { step: i + 1 }
}

export function view(answer: PropertyAnswer, query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const name = propName(textOf(query.prop), words)
  const rows = rowsOf(answer, say)
  const share = (n: number) => (answer.persons === 0 ? null : n / answer.persons)
  const map = provinceMap(answer.values ?? [], answer.persons, say)
  const number = (id: string, label: string, value: number | null, of?: string): Headline => ({
    id,
    label,
    ...(of ? { term: of } : {}),
    value,
    text: f.number(value, 2),
    as: 'number',
  })
  const figures: Figure[] = []
  if (map) {
    figures.push({
      id: 'map',
      title: t('questions.property.map'),
      term: 'provinceMap',
      grid: map,
    })
  }
  figures.push({
    id: 'values',
    title: t('questions.property.figure', { name }),
    term: 'property',
    height: answer.as === 'category' ? 60 + 24 * Math.min(25, rows.length) : 300,
    chart: answer.as === 'category' ? bars(rows, say) : columns(rows, say),
    table: {
      columns: [
        { title: name },
        { title: term('people').name, term: 'people', unit: term('people').unit, num: true },
        { title: t('questions.share'), term: 'share', num: true },
      ],
      rows: rows.map(([value, n], i) => [
        { text: value },
        { text: f.number(n), value: n, ...(n > 0 ? drillOf(answer, cellOf(answer, i)) : {}) },
        { text: f.percent(share(n)), value: share(n) },
      ]),
    },
  })
  const stats = answer.stats
  return {
    empty: answer.persons === answer.none,
    headlines: [
      {
        ...number('persons', term('people').name, answer.persons, 'people'),
        unit: term('people').unit,
      },
      {
        ...number('none', t('questions.property.none'), answer.none),
        unit: term('people').unit,
      },
      ...(stats
        ? (['avg', 'p50', 'p90', 'max'] as const).map((s) =>
            number(s, t(`questions.stat.${s}`), stats[s]),
          )
        : []),
    ],
    figures,
    notes: [],
  }
}

function columns(rows: [string, number][], { f }: Say) {
  const unit = term('people').unit
  return {
    grid: { ...grid, top: 34 },
    tooltip: { trigger: 'axis' as const, axisPointer: { type: 'shadow' as const } },
    xAxis: categoryAxis(rows.map(([name]) => name)),
    yAxis: { ...valueAxis(unit, (v) => f.compact(v)), minInterval: 1 },
    series: [
      {
        type: 'bar' as const,
        name: unit,
        color: CHART_COLORS[0],
        barMaxWidth: 44,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
        data: rows.map(([, n]) => n),
      },
    ],
  }
}

/** Long names read better on lying bars. */
function bars(rows: [string, number][], { f }: Say) {
  const shown = rows.slice(0, 25).reverse()
  return {
    grid: { ...grid, top: 12, right: 56 },
    tooltip: { trigger: 'axis' as const, axisPointer: { type: 'shadow' as const } },
    yAxis: categoryAxis(shown.map(([name]) => name)),
    xAxis: { ...valueAxis('', (v) => f.compact(v)), minInterval: 1 },
    series: [
      {
        type: 'bar' as const,
        name: term('people').name,
        color: CHART_COLORS[0],
        barMaxWidth: 16,
        itemStyle: { borderRadius: [0, 3, 3, 0] },
        label: {
          show: true,
          position: 'right' as const,
          formatter: ({ value }: { value: unknown }) => f.number(Number(value)),
        },
        data: shown.map(([, n]) => n),
      },
    ],
  }
}
