import type { ChartOption } from '@/adapter/chart-core'
import { CHART_COLORS } from '@/adapter/chart-theme'
import type { ClvAnswer, ClvGroup } from '@/shared/api-types'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Column, Figure, Headline, Say, Table, View } from '../kind'

/** 未来价值: what buyers are expected to buy, how sure one can be of it, and who they are (CL1–CL5). */
export function clvView(answer: ClvAnswer, say: Say): View {
  const { words, f } = say
  const { t } = words
  const notes = [
    t('questions.clv.basis', {
      days: f.number(answer.horizon_days),
      discount: f.percent(answer.discount),
      margin: f.percent(answer.margin, 0),
    }),
  ]
  const { correlation } = answer.models.value
  if (correlation !== null && correlation >= 0.3) {
    notes.push(t('questions.clv.correlated', { r: f.number(correlation, 2) }))
  }
  if (answer.holdout === null) notes.push(t('questions.clv.noHoldout'))
  return {
    empty: answer.persons === 0,
    headlines: headlines(answer, say),
    figures: [
      groups(answer, say),
      ...(answer.holdout ? [holdout(answer.holdout, say)] : []),
      fit(answer, say),
      people(answer, say),
      models(answer, say),
    ],
    notes,
  }
}

function headlines(answer: ClvAnswer, { words, f }: Say): Headline[] {
  const { t } = words
  const { total } = answer
  const one = (id: string, value: number | null, as: Headline['as'], text: string, unit = '') => ({
    id,
    label: term(id).name,
    term: id,
    value,
    text,
    unit,
    as,
  })
  const error = answer.holdout?.error ?? null
  return [
    one('clv', total.clv, 'money', f.money(total.clv)),
    one('clvPerPerson', total.clv_per_person, 'money', f.money(total.clv_per_person)),
    one(
      'clvPurchases',
      total.expected_purchases,
      'number',
      f.number(total.expected_purchases, 0),
      t('questions.units.times'),
    ),
    one('clvAlive', total.alive, 'percent', f.percent(total.alive)),
    one('clvBuyers', answer.persons, 'number', f.number(answer.persons), term('people').unit),
    ...(answer.holdout ? [one('clvError', error, 'percent', signed(error, f))] : []),
  ]
}

const signed = (v: number | null, f: Say['f']) =>
  v === null ? '—' : `${v > 0 ? '+' : ''}${f.percent(v)}`
const money = (v: number | null, f: Say['f']): Cell => ({
  text: f.money(v),
  value: v === null ? null : v / 100,
})
const count = (v: number, f: Say['f'], digits = 0): Cell => ({
  text: f.number(v, digits),
  value: v,
})

const column = (key: string): Column => ({
  title: term(key).name,
  term: key,
  unit: term(key).unit || undefined,
  num: true,
})

function bars(names: string[], axis: string, series: [string, number[]][], f: Say['f']) {
  return {
    grid: series.length > 1 ? grid : { ...grid, top: 34 },
    ...(series.length > 1 ? { legend } : {}),
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
    xAxis: categoryAxis(names),
    yAxis: valueAxis(axis, (v) => f.compact(v)),
    series: series.map(([name, data], i) => ({
      type: 'bar' as const,
      name,
      color: CHART_COLORS[i],
      barMaxWidth: 40,
      tooltip: { valueFormatter: (v: unknown) => f.number(v as number, 1) },
      itemStyle: { borderRadius: [3, 3, 0, 0] },
      data,
    })),
  } satisfies ChartOption
}

function groups(answer: ClvAnswer, { words, f }: Say): Figure {
  const { t } = words
  const row = (name: string, g: ClvGroup): Cell[] => [
    { text: name, bold: g.group === undefined },
    {
      ...count(g.persons, f),
      ...(g.persons > 0 ? drillOf(answer, g.group === undefined ? {} : { step: g.group }) : {}),
    },
    money(g.clv, f),
    {
      text: f.percent(answer.total.clv > 0 ? g.clv / answer.total.clv : null),
      value: answer.total.clv > 0 ? g.clv / answer.total.clv : null,
    },
    money(g.clv_per_person, f),
    { text: `${f.money(g.clv_min)} – ${f.money(g.clv_max)}` },
    count(g.expected_purchases, f, 1),
    { text: f.percent(g.alive), value: g.alive },
    money(g.historic, f),
  ]
  const name = (g: ClvGroup) => t('questions.clv.group', { n: g.group })
  return {
    id: 'groups',
    title: t('questions.clv.groups'),
    term: 'clv',
    chart: {
      ...bars(answer.groups.map(name), t('questions.units.yuan'), [], f),
      grid: { ...grid, top: 34 },
      series: [
        {
          type: 'bar',
          name: term('clvPerPerson').name,
          color: CHART_COLORS[0],
          barMaxWidth: 56,
          tooltip: { valueFormatter: (v: unknown) => f.money((v as number) * 100) },
          itemStyle: { borderRadius: [3, 3, 0, 0] },
          data: answer.groups.map((g) => ({
            value: (g.clv_per_person ?? 0) / 100,
            ...drillOf(answer, { step: g.group! }),
            what: name(g),
          })),
        },
      ],
    },
    table: {
      columns: [
        { title: t('questions.clv.groupName') },
        column('people'),
        column('clv'),
        { title: t('questions.share'), term: 'share', num: true },
        column('clvPerPerson'),
        { title: t('questions.clv.bounds'), num: true },
        column('clvPurchases'),
        column('clvAlive'),
        column('clvHistoric'),
      ],
      rows: [
        ...answer.groups.map((g) => row(name(g), g)),
        row(t('questions.retention.all'), answer.total),
      ],
    },
  }
}

const repeatsName = (r: { repeats: number; and_more: boolean }, t: Say['words']['t']) =>
  t(r.and_more ? 'questions.clv.repeatsMore' : 'questions.clv.repeats', { n: r.repeats })

function holdout(held: NonNullable<ClvAnswer['holdout']>, { words, f }: Say): Figure {
  const { t } = words
  type Line = Pick<
    typeof held,
    'persons' | 'expected' | 'actual' | 'error' | 'expected_value' | 'actual_value'
  >
  const row = (name: string, r: Line, bold = false): Cell[] => [
    { text: name, bold },
    count(r.persons, f),
    count(r.expected, f, 1),
    count(r.actual, f),
    { text: signed(r.error, f), value: r.error },
    money(r.expected_value, f),
    money(r.actual_value, f),
  ]
  const expected = t('questions.clv.expected')
  const actual = t('questions.clv.actual')
  const yuan = t('questions.units.yuan')
  return {
    id: 'holdout',
    title: t('questions.clv.holdout'),
    term: 'clvHoldout',
    chart: bars(
      held.by_repeats.map((r) => repeatsName(r, t)),
      t('questions.units.times'),
      [
        [expected, held.by_repeats.map((r) => r.expected)],
        [actual, held.by_repeats.map((r) => r.actual)],
      ],
      f,
    ),
    table: {
      columns: [
        { title: t('questions.clv.before') },
        column('people'),
        { title: expected, unit: t('questions.units.times'), num: true },
        { title: actual, unit: t('questions.units.times'), num: true },
        column('clvError'),
        { title: t('questions.clv.expectedValue'), unit: yuan, num: true },
        { title: t('questions.clv.actualValue'), unit: yuan, num: true },
      ],
      rows: [
        ...held.by_repeats.map((r) => row(repeatsName(r, t), r)),
        row(t('questions.retention.all'), held, true),
      ],
      note: t('questions.clv.holdoutRange', {
        from: held.from,
        to: held.to,
        mae: f.number(held.mean_absolute_error, 3),
      }),
    },
  }
}

function fit(answer: ClvAnswer, { words, f }: Say): Figure {
  const { t } = words
  const [seen, said] = [t('questions.clv.seen'), t('questions.clv.said')]
  return {
    id: 'fit',
    title: t('questions.clv.fit'),
    term: 'clvFit',
    half: true,
    chart: bars(
      answer.repeats.map((r) => repeatsName(r, t)),
      term('people').unit,
      [
        [seen, answer.repeats.map((r) => r.persons)],
        [said, answer.repeats.map((r) => r.expected)],
      ],
      f,
    ),
    table: {
      columns: [
        { title: t('questions.clv.repeatsName') },
        { title: seen, unit: term('people').unit, num: true },
        { title: said, unit: term('people').unit, num: true },
      ],
      rows: answer.repeats.map((r) => [
        { text: repeatsName(r, t) },
        count(r.persons, f),
        count(r.expected, f, 1),
      ]),
    },
  }
}

function people(answer: ClvAnswer, { words, f }: Say): Figure {
  const { t } = words
  const table: Table = {
    columns: [
      { title: t('questions.clv.person') },
      column('clv'),
      column('clvAlive'),
      column('clvPurchases'),
      { title: t('questions.clv.repeatsName'), unit: t('questions.units.times'), num: true },
      column('clvHistoric'),
    ],
    rows: answer.people.map((p) => [
      { text: p.profile_id, person: p.profile_id },
      money(p.clv, f),
      { text: f.percent(p.alive), value: p.alive },
      count(p.expected_purchases, f, 1),
      count(p.repeats, f),
      money(p.historic, f),
    ]),
  }
  return { id: 'people', title: t('questions.clv.people'), term: 'clv', half: true, table }
}

function models(answer: ClvAnswer, { words, f }: Say): Figure {
  const { t } = words
  const { purchases, value, fitted_to } = answer.models
  const line = (name: string, v: string, raw: number): Cell[] => [
    { text: name },
    { text: v, value: raw },
  ]
  const plain = (name: string, v: number) => line(name, f.number(v, 4), v)
  return {
    id: 'models',
    title: t('questions.clv.models'),
    term: 'clvModels',
    table: {
      columns: [
        { title: t('questions.clv.parameter') },
        { title: t('questions.clv.figure'), num: true },
      ],
      rows: [
        line(t('questions.clv.fittedTo'), f.number(fitted_to), fitted_to),
        plain('BG/NBD r', purchases.r),
        plain('BG/NBD α', purchases.alpha),
        plain('BG/NBD a', purchases.a),
        plain('BG/NBD b', purchases.b),
        plain('Gamma-Gamma p', value.p),
        plain('Gamma-Gamma q', value.q),
        line('Gamma-Gamma v', f.money(value.v), value.v / 100),
        line(t('questions.clv.meanValue'), f.money(value.mean), value.mean / 100),
        line(
          t('questions.clv.newBuyer'),
          f.number(answer.new_buyer.expected_purchases, 2),
          answer.new_buyer.expected_purchases,
        ),
      ],
    },
  }
}
