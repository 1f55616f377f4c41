import type { ChartOption } from '@/adapter/chart-core'
import { CHART_COLORS, CHART_TEXT } from '@/adapter/chart-theme'
import type { FunnelAnswer } from '@/shared/api-types'
import type { Words } from '@/shared/i18n'
import { valueName } from '../builder/options'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { term } from '../glossary'
import type { Format } from '../kind'
import { rowsOf, trendOf, trimHistogram } from './table'

const VALUES_MAX = 6

/** Bars per step, in `unit`. Without a breakdown the pale part above shows who was lost. */
export function funnelChart(
  answer: FunnelAnswer,
  unit: string,
  words: Words,
  f: Format,
): ChartOption {
  const { t, word } = words
  const [all, ...parts] = rowsOf(answer)
  const names = answer.steps.map((s, i) => `${i + 1} ${word('event', s.event)}`)
  const people = (v: unknown) => `${f.number(Number(v))} ${unit}`
  const base: ChartOption = {
    grid,
    legend,
    xAxis: {
      ...categoryAxis(names),
      axisLabel: { color: CHART_TEXT, interval: 0, width: 120, overflow: 'truncate' },
    },
    yAxis: valueAxis(unit, (v) => f.compact(v)),
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: people },
  }
  if (parts.length > 0) {
    return {
      ...base,
      series: parts.slice(0, VALUES_MAX).map((part) => ({
        type: 'bar',
        name: valueName(part.value!, words),
        barMaxWidth: 36,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
        data: part.rates.map((r) => r.count),
      })),
    }
  }
  return {
    ...base,
    series: [
      {
        type: 'bar',
        name: t('questions.funnel.converted'),
        stack: 'f',
        barMaxWidth: 72,
        data: all!.rates.map((r) => r.count),
        label: {
          show: true,
          position: 'insideTop',
          color: '#fff',
          fontWeight: 600,
          formatter: ({ dataIndex }) => {
            const rate = all!.rates[dataIndex]!
            return `${f.number(rate.count)}\n${f.percent(rate.overall_rate)}`
          },
        },
        labelLayout: ({ rect }) => (rect.height < 44 ? { dy: -44 } : {}),
      },
      {
        type: 'bar',
        name: t('questions.funnel.dropped'),
        stack: 'f',
        color: '#d8e4ef',
        barMaxWidth: 72,
        itemStyle: { borderRadius: [4, 4, 0, 0] },
        data: all!.rates.map((r) => r.drop),
      },
    ],
  }
}

/** Entrants as bars, conversion as a line with its own axis. */
export function trendChart(answer: FunnelAnswer, unit: string, f: Format): ChartOption {
  const points = trendOf(answer)
  return {
    grid,
    legend,
    tooltip: { trigger: 'axis' },
    xAxis: categoryAxis(points.map((p) => p.bucket.slice(5))),
    yAxis: [
      valueAxis(unit, (v) => f.compact(v)),
      {
        ...valueAxis('%', (v) => f.percent(v, 0)),
        splitLine: { show: false },
        nameTextStyle: { color: CHART_TEXT, align: 'right' },
        min: 0,
      },
    ],
    series: [
      {
        type: 'bar',
        name: term('entered').name,
        color: '#cfe0ef',
        barMaxWidth: 20,
        tooltip: { valueFormatter: (v) => `${f.number(Number(v))} ${unit}` },
        data: points.map((p) => p.entered),
      },
      {
        type: 'line',
        name: term('conversion').name,
        yAxisIndex: 1,
        color: CHART_COLORS[0],
        symbolSize: 5,
        tooltip: { valueFormatter: (v) => f.percent(v as number | null) },
        data: points.map((p) => p.rate),
      },
    ],
  }
}

export function histogramChart(answer: FunnelAnswer, unit: string, f: Format): ChartOption {
  const bins = trimHistogram(answer.time_to_convert?.histogram ?? [])
  const names = bins.map((b) =>
    b.to_ms === null
      ? `≥ ${f.duration(b.from_ms)}`
      : b.from_ms === 0
        ? `< ${f.duration(b.to_ms)}`
        : `${f.duration(b.from_ms)} – ${f.duration(b.to_ms)}`,
  )
  return {
    grid: { ...grid, top: 34 },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      valueFormatter: (v) => `${f.number(Number(v))} ${unit}`,
    },
    xAxis: {
      ...categoryAxis(names),
      axisLabel: { color: CHART_TEXT, interval: 0, rotate: 35, fontSize: 11 },
    },
    yAxis: { ...valueAxis(unit, (v) => f.compact(v)), minInterval: 1 },
    series: [
      {
        type: 'bar',
        name: term('people').name,
        color: CHART_COLORS[1],
        barMaxWidth: 32,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
        data: bins.map((b) => b.count),
      },
    ],
  }
}
