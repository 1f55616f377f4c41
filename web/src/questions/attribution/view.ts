import { CHART_COLORS } from '@/adapter/chart-theme'
import type { ChartOption } from '@/adapter/chart-core'
import { valueName } from '../builder/options'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Figure, Headline, Query, Say, Table, View } from '../kind'
import type { AttributionAnswer } from '@/shared/api-types'

const CHANNELS_MAX = 12

export function view(answer: AttributionAnswer, _query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const { total, unattributed } = answer
  const share = total.orders === 0 ? null : 1 - unattributed.orders / total.orders
  const modelName = (m: string) => t(`questions.models.${m}.name`)
  const number = (id: string, value: number | null, text: string, unit: string): Headline => ({
    id,
    label: t(`questions.attributionPage.${id}`),
    term: 'attribution',
    value,
    text,
    unit,
    as: 'number',
  })
  const figures: Figure[] = [
    {
      id: 'orders',
      title: t('questions.attributionPage.byOrders'),
      term: 'attribution',
      chart: models(answer, modelName, 'orders', say),
      table: creditTable(answer, modelName, 'orders', say),
    },
    {
      id: 'value',
      title: t('questions.attributionPage.byValue'),
      term: 'attributedValue',
      chart: models(answer, modelName, 'value', say),
      table: creditTable(answer, modelName, 'value', say),
    },
    {
      id: 'assists',
      title: t('questions.attributionPage.assists'),
      term: 'assist',
      table: assists(answer, say),
    },
    {
      id: 'lengths',
      title: t('questions.attributionPage.lengths'),
      height: 260,
      half: true,
      chart: counts(
        answer.path_lengths.map((p) => [f.number(p.touches), p.orders]),
        say,
      ),
    },
    {
      id: 'lags',
      title: t('questions.attributionPage.lags'),
      term: 'lag',
      height: 260,
      half: true,
      chart: counts(
        answer.lags.map((p) => [f.number(p.days), p.orders]),
        say,
      ),
    },
  ]
  return {
    empty: total.orders === 0,
    headlines: [
      number('ordersTotal', total.orders, f.number(total.orders), t('questions.units.orders')),
      {
        ...number('valueTotal', total.value, f.money(total.value), ''),
        as: 'money',
      },
      {
        ...number('attributed', share, f.percent(share), ''),
        as: 'percent',
      },
      number('buyers', total.persons, f.number(total.persons), term('people').unit),
    ],
    figures,
    notes: [
      ...answer.models.map((m) => `${modelName(m)}: ${t(`questions.models.${m}.def`)}`),
      ...(answer.final ? [] : [t('questions.attributionPage.notFinal')]),
    ],
  }
}

/** One group of bars per channel, one colour per model: where they differ is what to talk about. */
function models(
  answer: AttributionAnswer,
  modelName: (m: string) => string,
  what: 'orders' | 'value',
  { words, f }: Say,
): ChartOption {
  const shown = answer.channels.slice(0, CHANNELS_MAX)
  const text = (v: unknown) => (what === 'value' ? f.money(v as number) : f.number(v as number, 2))
  return {
    grid,
    legend,
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      confine: true,
      valueFormatter: text,
    },
    xAxis: categoryAxis(shown.map((c) => valueName(c.channel, words))),
    yAxis: valueAxis(what === 'value' ? '¥' : words.t('questions.units.orders'), (v) =>
      f.compact(what === 'value' ? v / 100 : v),
    ),
    series: answer.models.map((m, k) => ({
      type: 'bar' as const,
      name: modelName(m),
      color: CHART_COLORS[k % CHART_COLORS.length],
      barMaxWidth: 22,
      itemStyle: { borderRadius: [2, 2, 0, 0] },
      data: shown.map((c) => c.credits[k]?.[what] ?? 0),
    })),
  }
}

function creditTable(
  answer: AttributionAnswer,
  modelName: (m: string) => string,
  what: 'orders' | 'value',
  { words, f }: Say,
): Table {
  const text = (v: number) => (what === 'value' ? f.money(v) : f.number(v, 2))
  const whole = answer.total[what]
  return {
    columns: [
      { title: words.t('questions.attributionPage.channel') },
      ...answer.models.map((m) => ({ title: modelName(m), num: true })),
    ],
    rows: answer.channels.map((c) => [
      { text: valueName(c.channel, words) },
      ...answer.models.map((model, k): Cell => {
        const v = c.credits[k]?.[what] ?? 0
        return {
          text: text(v),
          value: what === 'value' ? v / 100 : v,
          faint: f.percent(whole === 0 ? null : v / whole, 1),
          ...(v > 0 ? drillOf(answer, { series: model, breakdown: [c.channel] }) : {}),
        }
      }),
    ]),
  }
}

function assists(answer: AttributionAnswer, { words, f }: Say): Table {
  const { t } = words
  const removal = answer.channels.some((c) => c.removal_effect !== undefined)
  return {
    columns: [
      { title: t('questions.attributionPage.channel') },
      { title: t('questions.attributionPage.lastOrders'), num: true },
      { title: t('questions.attributionPage.assisted'), term: 'assist', num: true },
      { title: t('questions.attributionPage.ratio'), term: 'assistRatio', num: true },
      ...(removal ? [{ title: term('removalEffect').name, term: 'removalEffect', num: true }] : []),
    ],
    rows: answer.channels.map((c) => [
      { text: valueName(c.channel, words) },
      { text: f.number(c.last_orders), value: c.last_orders },
      { text: f.number(c.assisted_orders), value: c.assisted_orders },
      { text: f.number(c.assist_ratio, 2), value: c.assist_ratio },
      ...(removal ? [{ text: f.percent(c.removal_effect), value: c.removal_effect ?? null }] : []),
    ]),
  }
}

function counts(rows: [string, number][], { words, f }: Say): ChartOption {
  const unit = words.t('questions.units.orders')
  return {
    grid: { ...grid, top: 34 },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      valueFormatter: (v) => `${f.number(Number(v))} ${unit}`,
    },
    xAxis: categoryAxis(rows.map(([name]) => name)),
    yAxis: { ...valueAxis(unit, (v) => f.compact(v)), minInterval: 1 },
    series: [
      {
        type: 'bar',
        name: unit,
        color: CHART_COLORS[1],
        barMaxWidth: 32,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
        data: rows.map(([, n]) => n),
      },
    ],
  }
}
