import { CHART_COLORS } from '@/adapter/chart-theme'
import { categoryAxis, grid, valueAxis } from '../chart-parts'
import { objectOf } from '../common'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Column, Figure, Headline, Query, Say, View } from '../kind'
import type { RfmAmounts, RfmAnswer, RfmCell, StagesAnswer } from '@/shared/api-types'

/** Ids of the eight cells in the order they are drawn: valuable above, at risk below. */
const EIGHT = ['111', '101', '011', '001', '110', '100', '010', '000']

const share = (part: number, whole: number) => (whole === 0 ? null : part / whole)

export function view(answer: RfmAnswer | StagesAnswer, query: Query, say: Say): View {
  return query.kind === 'stages'
    ? stages(answer as StagesAnswer, say)
    : rfm(answer as RfmAnswer, query, say)
}

function amountColumns({ words }: Say): Column[] {
  const { t } = words
  return [
    { title: term('people').name, term: 'people', unit: term('people').unit, num: true },
    { title: t('questions.share'), term: 'share', num: true },
    { title: t('questions.rfm.orders'), term: 'orders', num: true },
    { title: t('questions.rfm.amount'), term: 'amount', num: true },
    { title: t('questions.rfm.amountShare'), term: 'amountShare', num: true },
    { title: t('questions.rfm.perPerson'), term: 'amountEach', num: true },
  ]
}

function amountCells(a: RfmAmounts, total: RfmAmounts, { f }: Say): Cell[] {
  const each = a.persons === 0 ? null : a.amount / a.persons
  return [
    { text: f.number(a.persons), value: a.persons },
    { text: f.percent(share(a.persons, total.persons)), value: share(a.persons, total.persons) },
    { text: f.number(a.orders), value: a.orders },
    { text: f.money(a.amount), value: a.amount / 100 },
    { text: f.percent(share(a.amount, total.amount)), value: share(a.amount, total.amount) },
    { text: f.money(each), value: each === null ? null : each / 100 },
  ]
}

function headlines(total: RfmAmounts, { words, f }: Say): Headline[] {
  const { t } = words
  const each = share(total.amount, total.persons)
  return [
    {
      id: 'persons',
      label: t('questions.rfm.buyers'),
      term: 'rfmBase',
      value: total.persons,
      text: f.number(total.persons),
      unit: term('people').unit,
      as: 'number',
    },
    {
      id: 'orders',
      label: t('questions.rfm.orders'),
      term: 'orders',
      value: total.orders,
      text: f.number(total.orders),
      unit: t('questions.units.orders'),
      as: 'number',
    },
    {
      id: 'amount',
      label: t('questions.rfm.amount'),
      term: 'amount',
      value: total.amount,
      text: f.money(total.amount),
      as: 'money',
    },
    {
      id: 'perPerson',
      label: t('questions.rfm.perPerson'),
      term: 'amountEach',
      value: each,
      text: f.money(each),
      as: 'money',
    },
  ]
}

function rfm(answer: RfmAnswer, query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const quintile = objectOf(query.score).mode === 'quintile'
  const { total } = answer
  const drill = (cell: RfmCell) => (cell.persons > 0 ? drillOf(answer, { series: cell.cell }) : {})
  const figures: Figure[] = quintile
    ? [squares(answer, say)]
    : [
        {
          id: 'cells',
          title: t('questions.rfm.cells'),
          term: 'rfm',
          grid: {
            columns: 4,
            cells: EIGHT.map((id, i) => {
              const cell = answer.cells.find((c) => c.cell === id)
              const n = cell?.persons ?? 0
              return {
                x: i % 4,
                y: Math.floor(i / 4),
                title: t(`questions.rfm.names.c${id}`),
                text: `${f.number(n)} ${term('people').unit}`,
                sub: `${f.percent(share(n, total.persons), 1)} · ${f.money(cell?.amount ?? 0)}`,
                heat: share(n, total.persons) ?? 0,
                hint: t(`questions.rfm.hints.c${id}`),
                ...(cell ? drill(cell) : {}),
              }
            }),
          },
        },
      ]
  figures.push({
    id: 'table',
    title: t('questions.rfm.table'),
    term: 'rfm',
    table: {
      columns: [{ title: t('questions.rfm.cell') }, ...amountColumns(say)],
      rows: answer.cells.map((cell) => {
        const [people, ...rest] = amountCells(cell, total, say)
        const name = quintile
          ? `R${cell.r} F${cell.f} M${cell.m}`
          : t(`questions.rfm.names.c${cell.cell}`)
        return [
          { text: name, faint: quintile ? undefined : cell.cell },
          { ...people!, ...drill(cell) },
          ...rest,
        ]
      }),
    },
  })
  return {
    empty: total.persons === 0,
    headlines: headlines(total, say),
    figures,
    notes: [t('questions.rfm.range', { from: answer.from, to: answer.to })],
  }
}

/** Recency by frequency, the best at the top right; money is summed in the cell. */
function squares(answer: RfmAnswer, { words, f }: Say): Figure {
  const { t } = words
  const cells = [5, 4, 3, 2, 1].flatMap((r, y) =>
    [1, 2, 3, 4, 5].map((frequency, x) => {
      const found = answer.cells.filter((c) => c.r === r && c.f === frequency)
      return {
        x,
        y,
        title: `R${r} F${frequency}`,
        persons: found.reduce((sum, c) => sum + c.persons, 0),
        amount: found.reduce((sum, c) => sum + c.amount, 0),
      }
    }),
  )
  const most = Math.max(1, ...cells.map((c) => c.persons))
  return {
    id: 'cells',
    title: t('questions.rfm.squares'),
    term: 'rfm',
    grid: {
      columns: 5,
      cells: cells.map((c) => ({
        x: c.x,
        y: c.y,
        title: c.title,
        text: `${f.number(c.persons)} ${term('people').unit}`,
        sub: f.money(c.amount),
        heat: c.persons / most,
      })),
    },
  }
}

function stages(answer: StagesAnswer, say: Say): View {
  const { words, f } = say
  const { t } = words
  const total = answer.stages.reduce(
    (sum, s) => ({
      persons: sum.persons + s.persons,
      orders: sum.orders + s.orders,
      amount: sum.amount + s.amount,
    }),
    { persons: 0, orders: 0, amount: 0 },
  )
  const name = (stage: string) => t(`questions.rfm.stages.${stage}`)
  return {
    empty: answer.persons === 0,
    headlines: answer.stages.map((s) => ({
      id: s.stage,
      label: name(s.stage),
      term: 'stage',
      value: s.persons,
      text: f.number(s.persons),
      unit: term('people').unit,
      as: 'number',
    })),
    figures: [
      {
        id: 'stages',
        title: t('questions.rfm.stageFigure'),
        term: 'stage',
        height: 280,
        chart: {
          grid: { ...grid, top: 34 },
          tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
          xAxis: categoryAxis(answer.stages.map((s) => name(s.stage))),
          yAxis: { ...valueAxis(term('people').unit, (v) => f.compact(v)), minInterval: 1 },
          series: [
            {
              type: 'bar',
              name: term('people').name,
              color: CHART_COLORS[0],
              barMaxWidth: 56,
              itemStyle: { borderRadius: [3, 3, 0, 0] },
              data: answer.stages.map((s) => ({
                value: s.persons,
                ...(s.persons > 0
                  ? { ...drillOf(answer, { series: s.stage }), what: name(s.stage) }
                  : {}),
              })),
            },
          ],
        },
        table: {
          columns: [
            { title: t('questions.rfm.stage') },
            ...amountColumns(say),
            { title: term('revived').name, term: 'revived', num: true },
          ],
          rows: answer.stages.map((s) => {
            const [people, ...rest] = amountCells(s, total, say)
            return [
              { text: name(s.stage) },
              { ...people!, ...(s.persons > 0 ? drillOf(answer, { series: s.stage }) : {}) },
              ...rest,
              { text: f.number(s.revived), value: s.revived },
            ]
          }),
        },
      },
    ],
    notes: [],
  }
}
