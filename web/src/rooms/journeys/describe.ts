import type { JourneyDefinition, JourneyNode, Json } from '@/shared/api-types'
import { formatIsoDuration, type Locale } from '@/shared/format'
import type { Words } from '@/shared/i18n'

/** A node by name, for lists: its type, and what it does unless that says the same. */
export function nameNode(node: JourneyNode, words: Words): string {
  const does = describeNode(node, words)
  if (node.type.startsWith('wait')) return does
  return `${words.word('journeys.type', node.type)} · ${does}`
}

/** What a node does, in one sentence an operator would say. */
export function describeNode(node: JourneyNode, words: Words): string {
  const { t, word } = words
  const span = (iso: unknown) => formatIsoDuration(iso, words.locale.value as Locale)
  switch (node.type) {
    case 'wait':
      return t('journeys.does.wait', { span: span(node.for) })
    case 'wait_event':
      return t('journeys.does.waitEvent', {
        event: word('event', String(node.event)),
        span: span(node.timeout),
      })
    case 'wait_until':
      return t('journeys.does.waitUntil', { at: String(node.at ?? node.day ?? '') })
    case 'branch':
      return (node.cases ?? []).map((c) => describeCase(c.if, words)).join(` ${t('journeys.or')} `)
    case 'send':
      return (node.chain ?? []).map((a) => word('channel', a.channel)).join(' → ')
    case 'issue_coupon': {
      const template = String(node.template)
      return node.valid
        ? t('journeys.does.couponValid', { template, span: span(node.valid) })
        : template
    }
    case 'set_tag':
      return t('journeys.does.setTag', { tag: String(node.tag), value: show(node.value) })
    case 'set_property':
      return t('journeys.does.setTag', { tag: String(node.prop), value: show(node.value) })
    case 'assign_task':
      return String(node.task ?? '')
    case 'exit':
      return word('exit', String(node.reason ?? 'end'))
    default:
      return Object.entries(node)
        .filter(([key, value]) => key !== 'type' && typeof value === 'string')
        .map(([, value]) => String(value))
        .join(' · ')
  }
}

function show(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const variable = /^\$\{(?:entry\.)?(.+)\}$/.exec(value)
  return variable ? variable[1]! : value
}

function describeCase(json: Json, { t, word }: Words): string {
  const body = (json ?? {}) as { [key: string]: Json }
  const kind = Object.keys(body)[0] ?? ''
  const inner = (body[kind] ?? {}) as { [key: string]: Json }
  if (kind === 'done' || kind === 'not_done') {
    const event = word('event', String(inner.event))
    return t(kind === 'done' ? 'journeys.does.did' : 'journeys.does.didNot', { event })
  }
  if (kind === 'guide' && inner.op === 'has_wecom_friend') return t('journeys.does.isFriend')
  if (kind === 'segment') return t('journeys.does.inSegment', { id: String(body.segment) })
  return JSON.stringify(json)
}

export function describeTrigger(definition: JourneyDefinition, { t, word }: Words): string {
  const { type, event } = definition.trigger
  return type === 'event' ? word('event', String(event)) : t(`journeys.trigger.${type}`)
}

/** The rules around the graph, as name and value pairs. */
export function describeRules(
  d: JourneyDefinition,
  words: Words,
): { name: string; value: string }[] {
  const { t, word } = words
  const span = (iso: unknown) => formatIsoDuration(iso, words.locale.value as Locale)
  const rows = [{ name: t('journeys.rule.trigger'), value: describeTrigger(d, words) }]
  const limit = d.entry?.limit
  if (limit) {
    rows.push({
      name: t('journeys.rule.limit'),
      value: t(`journeys.limit.${limit.mode}`, { span: limit.period ? span(limit.period) : '' }),
    })
  }
  if (d.entry?.key) {
    const key = d.entry.key.replace(/^event\./, '')
    rows.push({ name: t('journeys.rule.key'), value: word('prop', key) })
  }
  if (d.goal) {
    rows.push({
      name: t('journeys.rule.goal'),
      value: t('journeys.goalText', {
        event: word('event', d.goal.event),
        span: span(d.goal.window ?? 'P7D'),
      }),
    })
  }
  if (d.exit_when?.length) {
    const value = d.exit_when.map((e) => word('event', e.event ?? e.segment)).join(', ')
    rows.push({ name: t('journeys.rule.exitWhen'), value })
  }
  const quiet = d.policy?.quiet_hours
  if (quiet) {
    rows.push({
      name: t('journeys.rule.quiet'),
      value: `${quiet.start}–${quiet.end} · ${t(`journeys.quiet.${quiet.action}`)}`,
    })
  }
  if (d.holdout?.control_pct !== undefined) {
    rows.push({ name: t('journeys.rule.control'), value: `${d.holdout.control_pct}%` })
  }
  if (d.entry?.purpose) {
    rows.push({ name: t('journeys.rule.purpose'), value: word('purpose', d.entry.purpose) })
  }
  return rows
}
