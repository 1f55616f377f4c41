import type { Json } from '@/shared/api-types'
import { parseCsv } from '@/shared/csv'
import type { TagRow } from './api'

/**
 * A file's lines "identity kind,identity,tag,value" (the kind may have a scope: "openid@wx12…"). A
 * first line of names is left out. Quotes are those of CSV.
 */
export function parseRows(text: string): TagRow[] {
  const rows = parseCsv(text).filter(
    (row, i) => !(i === 0 && /^(kind|identity_kind|身份类型)$/i.test(row[0] ?? '')),
  )
  return rows.map((row) => {
    const [kind = '', scope = ''] = (row[0] ?? '').split('@')
    return {
      kind: kind.trim(),
      scope: scope.trim(),
      identity: (row[1] ?? '').trim(),
      tag: (row[2] ?? '').trim(),
      value: (row[3] ?? '').trim(),
    }
  })
}

export interface TagForm {
  code: string
  name: string
  category: string
  value_type: string
  group: string
  ttl_days: number | undefined
  /** What gives it: people and imports, or a number or property of events. */
  by: 'hand' | 'events'
  agg: string
  event: string
  prop: string
  days: number | undefined
}

export const emptyForm = (): TagForm => ({
  code: `tag_${Date.now().toString(36)}`,
  name: '',
  category: 'attribute',
  value_type: 'enum',
  group: '',
  ttl_days: undefined,
  by: 'hand',
  agg: 'count',
  event: '',
  prop: '',
  days: 30,
})

export const AGGS = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'distinct',
  'first',
  'last',
  'most',
  'active_days',
  'days_since_last',
]
const PICKS = ['first', 'last', 'most']
const SCHEDULED = ['most', 'days_since_last']
const PLAIN = ['count', 'active_days', 'days_since_last']

export const needsProp = (agg: string) => !PLAIN.includes(agg)

/** The definition that the form says; null while something is missing. */
export function toDefinition(form: TagForm): { [key: string]: Json } | null {
  if (form.name.trim() === '' || !/^[\w-]{1,64}$/.test(form.code)) return null
  const out: { [key: string]: Json } = {
    name: form.name.trim(),
    category: form.category,
    value_type: form.value_type,
  }
  if (form.group.trim() !== '') out.group = form.group.trim()
  if (form.ttl_days !== undefined) out.ttl = `P${form.ttl_days}D`
  if (form.by === 'hand') return out
  if (form.event === '' || (needsProp(form.agg) && form.prop.trim() === '')) return null
  out.value_type = PICKS.includes(form.agg) ? 'enum' : 'number'
  const rule: { [key: string]: Json } = { agg: form.agg, event: form.event }
  if (needsProp(form.agg)) rule.prop = `event.${form.prop.trim()}`
  rule.window = form.days === undefined ? 'ever' : { last: form.days, unit: 'day' }
  out.rule = rule
  if (SCHEDULED.includes(form.agg)) out.refresh = { schedule: '0 2 * * *' }
  return out
}

/** A text cell that a spreadsheet never takes for a formula. */
export const csvCell = (text: string) =>
  `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
