import type { Json } from '@/shared/api-types'
import type { Condition } from '@/shared/condition'
import type { Words } from '@/shared/i18n'
import { fromDef, ofProp, type GroupNode, type TreeNode } from './model'

type Say = Pick<Words, 't' | 'word'>

/** Names to show instead of ids and codes. */
export interface Names {
  segments: Map<string, string>
  tags: Map<string, string>
}

/** A definition as a sentence for lists: 近 14 天加入购物车 ≥ 2 次 且 … */
export function describeDef(def: Json, say: Say, names: Names): string {
  return describeGroup(fromDef(def), say, names, true)
}

function describeGroup(group: GroupNode, say: Say, names: Names, top: boolean): string {
  const { t } = say
  if (group.children.length === 0)
    return t(group.op === 'and' ? 'conditions.everyone' : 'conditions.nobody')
  const joined = group.children
    .map((child) => describeNode(child, say, names))
    .join(` ${t(`conditions.join.${group.op}`)} `)
  if (group.negated) return t('conditions.say.not', { inner: joined })
  return top || group.children.length === 1 ? joined : `(${joined})`
}

export function describeCondition(c: Condition, say: Say, family = 'prop'): string {
  const value = Array.isArray(c.value) ? c.value.join(c.op === 'between' ? ' ~ ' : ', ') : c.value
  const unary = c.op === 'is_set' || c.op === 'is_not_set'
  return [say.word(family, c.prop), say.t(`op.${c.op}`), unary ? '' : value].join(' ').trim()
}

function eventText(event: string, filters: Condition[], say: Say): string {
  const conditions = filters.map((c) => describeCondition(c, say)).join(', ')
  return say.word('event', event) + (conditions ? ` [${conditions}]` : '')
}

function describeNode(node: TreeNode, say: Say, names: Names): string {
  const { t, word } = say
  switch (node.type) {
    case 'group':
      return describeGroup(node, say, names, false)
    case 'profile':
      return describeCondition(node, say)
    case 'tag': {
      const named = { ...node, prop: names.tags.get(node.code) ?? node.code }
      return `${t('conditions.leaf.tag')} ${describeCondition(named, say, 'none')}`
    }
    case 'sequence': {
      const steps = node.steps.map((step) => eventText(step.event, step.filters, say))
      const within =
        node.within === null ? '' : t('conditions.say.within', { hours: String(node.within) })
      const when =
        node.last === null ? t('conditions.ever') : t('conditions.lastDays', { n: node.last })
      return node.thenNot
        ? t('conditions.say.thenNot', { when, first: steps[0], within, second: steps[1] })
        : t('conditions.say.sequence', { when, within, steps: steps.join(' → ') })
    }
    case 'done': {
      const when =
        node.last === null ? t('conditions.ever') : t('conditions.lastDays', { n: node.last })
      const event = eventText(node.event, node.filters, say)
      if (!node.did) return t('conditions.say.notDone', { when, event })
      const op = t(`op.${node.op}`)
      if (node.agg === 'count')
        return t('conditions.say.done', { when, event, op, count: node.count })
      const what = ofProp(node.agg) ? word('prop', node.prop) : ''
      const agg = t(`conditions.agg.${node.agg}`)
      return t('conditions.say.aggregate', { when, event, what, agg, op, value: node.count })
    }
    case 'segment': {
      const name = names.segments.get(node.segment) ?? node.segment
      return t(node.inside ? 'conditions.say.in' : 'conditions.say.out', { name })
    }
    case 'consent':
      return t('conditions.say.consent', {
        channel: word('channel', node.channel),
        purpose: word('purpose', node.purpose),
        state: word('consent', node.state),
      })
    case 'raw':
      return describeRaw(node.json, say)
  }
}

const ROLLING = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/

/** Conditions that the editor does not edit: rolling windows, or the name of their kind. */
function describeRaw(json: Json, { t, word }: Say): string {
  const o = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  const kind = Object.keys(o)[0] ?? ''
  const done = o.done as
    { event?: string; op?: string; value?: number; window?: { rolling?: string } } | undefined
  const span = ROLLING.exec(done?.window?.rolling ?? '')
  if (!done?.event || !span) return word('conditions.raw', kind)
  const parts = ['day', 'hour', 'minute'].flatMap((unit, i) =>
    span[i + 1] ? [t(`conditions.span.${unit}`, { n: span[i + 1] })] : [],
  )
  const when = t('conditions.rolling', { span: parts.join(' ') })
  const event = word('event', done.event)
  return t('conditions.say.done', {
    when,
    event,
    op: t(`op.${done.op ?? 'gte'}`),
    count: done.value ?? 1,
  })
}
