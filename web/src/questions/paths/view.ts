import '@/adapter/chart-sankey'
import type { ChartOption } from '@/adapter/chart-core'
import { CHART_COLORS, CHART_TEXT } from '@/adapter/chart-theme'
import type { PathsAnswer, SessionsAnswer } from '@/shared/api-types'
import { valueName } from '../builder/options'
import { categoryAxis, grid, legend, valueAxis } from '../chart-parts'
import { drillOf } from '../drill'
import { term } from '../glossary'
import type { Cell, Headline, Query, Say, Table, View } from '../kind'

const EXIT = '$exit'

export function view(answer: PathsAnswer | SessionsAnswer, query: Query, say: Say): View {
  return query.kind === 'sessions'
    ? sessions(answer as SessionsAnswer, say)
    : paths(answer as PathsAnswer, query, say)
}

/** `view: /p/1` keeps the value, the event before it gets its word. */
function nodeName(node: string, { words }: Say): string {
  if (node === EXIT) return words.t('questions.paths.exit')
  const [event = '', ...rest] = node.split(': ')
  const said = words.word('event', event)
  return rest.length > 0 ? `${said}: ${rest.join(': ')}` : valueName(said, words)
}

function paths(answer: PathsAnswer, query: Query, say: Say): View {
  const { words, f } = say
  const { t } = words
  const unit = t(query.count === 'persons' ? 'questions.units.people' : 'questions.units.sessions')
  const number = (id: string, key: string, value: number, of: string): Headline => ({
    id,
    label: term(key).name,
    term: key,
    value,
    text: f.number(value),
    unit: of,
    as: 'number',
  })
  return {
    empty: answer.units === 0,
    headlines: [
      number('units', 'pathUnits', answer.units, t('questions.units.sessions')),
      number('persons', 'people', answer.persons, term('people').unit),
      number('skipped', 'pathSkipped', answer.skipped, t('questions.units.sessions')),
    ],
    figures: [
      {
        id: 'sankey',
        title: t('questions.paths.figure'),
        term: 'path',
        height: 460,
        chart: sankey(answer, unit, say),
        table: linkTable(answer, unit, say),
      },
      {
        id: 'top',
        title: t('questions.paths.top'),
        term: 'path',
        table: topTable(answer, unit, say),
      },
    ],
    notes: [],
  }
}

/** Nodes of a step share a column: a node is its step and its name. */
function sankey(answer: PathsAnswer, unit: string, say: Say): ChartOption {
  const { f } = say
  const key = (step: number, node: string) => `${step} ${node}`
  const at = new Map<string, { name: string; depth: number; value: number; node: string }>()
  for (const n of answer.nodes) {
    const name = key(n.step, n.node)
    at.set(name, { name, depth: n.step - 1, value: n.count, node: n.node })
  }
  const links = answer.links.map((l) => {
    const target = key(l.step + 1, l.target)
    if (!at.has(target)) {
      at.set(target, { name: target, depth: l.step, value: l.count, node: l.target })
    }
    return {
      source: key(l.step, l.source),
      target,
      value: l.count,
      ...drillOf(answer, { step: l.step, breakdown: [l.source, l.target] }),
      what: `${nodeName(l.source, say)} → ${nodeName(l.target, say)}`,
    }
  })
  const names = [...new Set([...at.values()].map((n) => n.node))]
  const color = (node: string) =>
    node === EXIT ? '#c9d3de' : CHART_COLORS[names.indexOf(node) % CHART_COLORS.length]
  return {
    tooltip: {
      trigger: 'item',
      confine: true,
      valueFormatter: (v) => `${f.number(Number(v))} ${unit}`,
    },
    series: [
      {
        type: 'sankey',
        left: 8,
        right: 130,
        top: 12,
        bottom: 12,
        nodeGap: 12,
        nodeAlign: 'left',
        draggable: false,
        lineStyle: { color: 'source', opacity: 0.28 },
        label: {
          color: CHART_TEXT,
          formatter: ({ data }) => {
            const { node, value } = data as { node?: string; value?: number }
            return `${nodeName(node ?? '', say)} ${f.compact(value)}`
          },
        },
        data: [...at.values()].map((n) => ({
          ...n,
          itemStyle: { color: color(n.node) },
          ...(n.node === EXIT ? {} : drillOf(answer, { step: n.depth + 1, breakdown: [n.node] })),
          what: nodeName(n.node, say),
        })),
        links,
      },
    ],
  }
}

function linkTable(answer: PathsAnswer, unit: string, say: Say): Table {
  const { words, f } = say
  const { t } = words
  const of = new Map(answer.nodes.map((n) => [`${n.step} ${n.node}`, n.count]))
  return {
    columns: [
      { title: t('questions.paths.step'), num: true },
      { title: t('questions.paths.from') },
      { title: t('questions.paths.to') },
      { title: t('questions.paths.number'), unit, num: true },
      { title: t('questions.paths.share'), term: 'pathShare', num: true },
    ],
    rows: answer.links.map((l) => {
      const whole = of.get(`${l.step} ${l.source}`) ?? 0
      const share = whole === 0 ? null : l.count / whole
      return [
        { text: String(l.step), value: l.step },
        { text: nodeName(l.source, say) },
        { text: nodeName(l.target, say) },
        {
          text: f.number(l.count),
          value: l.count,
          ...drillOf(answer, { step: l.step, breakdown: [l.source, l.target] }),
        },
        { text: f.percent(share), value: share },
      ]
    }),
  }
}

function topTable(answer: PathsAnswer, unit: string, say: Say): Table {
  const { words, f } = say
  const { t } = words
  return {
    columns: [
      { title: t('questions.paths.path') },
      { title: t('questions.paths.number'), unit, num: true },
      { title: t('questions.share'), term: 'share', num: true },
    ],
    rows: answer.paths.map((p) => {
      const share = answer.units === 0 ? null : p.count / answer.units
      return [
        {
          text: p.nodes.map((n) => nodeName(n, say)).join(' → ') + (p.truncated ? ' → …' : ''),
        },
        {
          text: f.number(p.count),
          value: p.count,
          ...drillOf(answer, {
            breakdown: p.nodes,
            ...(p.truncated ? { series: 'truncated' } : {}),
          }),
        },
        { text: f.percent(share), value: share },
      ]
    }),
  }
}

function sessions(answer: SessionsAnswer, say: Say): View {
  const { words, f } = say
  const { t } = words
  const { total } = answer
  const buckets = answer.buckets.map((b) => b.slice(5).replace('T', ' ') || b)
  const of = t('questions.units.sessions')
  const count = (series: string, i: number, n: number): Cell => ({
    text: f.number(n),
    value: n,
    ...(n > 0 ? drillOf(answer, { series, bucket: answer.buckets[i]! }) : {}),
  })
  const headline = (
    id: string,
    value: number | null,
    text: string,
    rest: Partial<Headline> = {},
  ): Headline => ({ id, label: term(id).name, term: id, value, text, ...rest })
  return {
    empty: total.sessions === 0,
    headlines: [
      headline('sessions', total.sessions, f.number(total.sessions), {
        unit: of,
        as: 'number',
        spark: answer.sessions,
      }),
      headline('people', total.persons, f.number(total.persons), {
        unit: term('people').unit,
        as: 'number',
        spark: answer.persons,
      }),
      headline('perPerson', total.per_person, f.number(total.per_person, 2), { as: 'number' }),
      headline('duration', total.avg_duration_ms, f.duration(total.avg_duration_ms)),
      headline('depth', total.avg_depth, f.number(total.avg_depth, 2), { as: 'number' }),
      headline('bounceRate', total.bounce_rate, f.percent(total.bounce_rate), { as: 'percent' }),
    ],
    figures: [
      {
        id: 'sessions',
        title: term('sessions').name,
        term: 'sessions',
        chart: {
          grid,
          legend,
          tooltip: { trigger: 'axis', confine: true },
          xAxis: categoryAxis(buckets),
          yAxis: [
            valueAxis(of, (v) => f.compact(v)),
            {
              ...valueAxis('', (v) => f.duration(v)),
              splitLine: { show: false },
              min: 0,
            },
          ],
          series: [
            {
              type: 'bar',
              name: term('sessions').name,
              color: '#cfe0ef',
              barMaxWidth: 28,
              data: answer.sessions,
            },
            {
              type: 'line',
              name: term('duration').name,
              yAxisIndex: 1,
              color: CHART_COLORS[0],
              symbolSize: 5,
              tooltip: { valueFormatter: (v) => f.duration(v as number | null) },
              data: answer.avg_duration_ms,
            },
          ],
        },
        table: {
          columns: [
            { title: t('questions.date') },
            { title: term('sessions').name, term: 'sessions', num: true },
            { title: term('people').name, term: 'people', num: true },
            { title: term('perPerson').name, term: 'perPerson', num: true },
            {
              title: term('duration').name,
              term: 'duration',
              raw: t('questions.unit.ms'),
              num: true,
            },
            { title: term('depth').name, term: 'depth', num: true },
            { title: term('bounceRate').name, term: 'bounceRate', num: true },
          ],
          rows: answer.buckets.map((bucket, i) => [
            { text: answer.final[i] ? bucket : `${bucket}*` },
            count('sessions', i, answer.sessions[i] ?? 0),
            { text: f.number(answer.persons[i]), value: answer.persons[i] ?? null },
            { text: f.number(answer.per_person[i], 2), value: answer.per_person[i] ?? null },
            {
              text: f.duration(answer.avg_duration_ms[i]),
              value: answer.avg_duration_ms[i] ?? null,
            },
            { text: f.number(answer.avg_depth[i], 2), value: answer.avg_depth[i] ?? null },
            { text: f.percent(answer.bounce_rate[i]), value: answer.bounce_rate[i] ?? null },
          ]),
        },
      },
    ],
    notes: answer.final.some((done) => !done) ? [t('questions.notFinal')] : [],
  }
}
