import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Json } from '@/shared/api-types'
import { emptyForm, fromDefinition, newLayer, problemOf, toDefinition, valueOf } from './form'

const demo = join(__dirname, '../../../../examples/demo/tags')
const stored = (body: { [key: string]: Json }) =>
  ({
    code: 'x',
    group: '',
    owner: '',
    ttl: null,
    refresh: 'realtime',
    rule: null,
    ...body,
  }) as never

describe('a definition and back', () => {
  const files = readdirSync(demo).filter((file) => file !== 'activity_level.json')
  it.each(files)('%s is the same after the editor', (file) => {
    const body = JSON.parse(readFileSync(join(demo, file), 'utf8')) as { [key: string]: Json }
    const form = fromDefinition(stored(body))!
    expect(problemOf(form)).toBe('')
    expect(toDefinition(form)).toEqual(body)
  })
  it('is not shown where the editor would lose something', () => {
    const heat = JSON.parse(readFileSync(join(demo, 'activity_level.json'), 'utf8')) as never
    expect(fromDefinition(stored(heat))).toBeNull()
  })
  it('keeps group, owner, days of validity and the schedule', () => {
    const body = {
      name: '等级',
      category: 'attribute',
      value_type: 'string_set',
      group: 'g',
      owner: 'crm',
      ttl: 'P30D',
      refresh: { schedule: '30 4 * * 1' },
      rule: { layers: [{ if: { segment: 's' }, value: ['金', '银'] }], default: ['铜'] },
    }
    expect(toDefinition(fromDefinition(stored(body))!)).toEqual(body)
  })
})

describe('what is missing is named', () => {
  const form = () => ({ ...emptyForm(), name: 'n', code: 'c' })
  it('a name, a code, an event, a property', () => {
    expect(problemOf(emptyForm())).toBe('name')
    expect(problemOf({ ...form(), code: '中文' })).toBe('code')
    const events = { ...form(), by: 'events' as const, agg: 'sum' }
    expect(problemOf(events)).toBe('event')
    expect(problemOf({ ...events, event: 'order_paid' })).toBe('prop')
    expect(problemOf({ ...events, event: 'order_paid', prop: 'amount_fen' })).toBe('')
  })
  it('conditions and values of layers', () => {
    const one = newLayer()
    expect(problemOf({ ...form(), layers: [] })).toBe('layers')
    expect(problemOf({ ...form(), layers: [one] })).toBe('condition')
    const leaf = one.root.children[0]!
    if (leaf.type === 'done') leaf.event = 'order_paid'
    expect(problemOf({ ...form(), layers: [one] })).toBe('value')
    one.value = '高'
    expect(problemOf({ ...form(), layers: [one] })).toBe('')
    expect(problemOf({ ...form(), layers: [one], value_type: 'number' })).toBe('value')
  })
  it('tiers fall from step to step', () => {
    const orders = { ...form(), by: 'orders' as const, orders: 'average' }
    const tiers = (...bounds: (number | null)[]) => ({
      ...orders,
      tiers: { ...orders.tiers, steps: bounds.map((gte) => ({ gte, value: 'v' })) },
    })
    expect(problemOf(tiers())).toBe('')
    expect(problemOf(tiers(null))).toBe('tiers')
    expect(problemOf(tiers(1, 2))).toBe('tierOrder')
    expect(toDefinition(tiers(2, 1))).toMatchObject({
      value_type: 'enum',
      refresh: { schedule: '0 2 * * *' },
    })
  })
})

it('takes values only of their type', () => {
  expect(valueOf('12.5', 'number')).toBe(12.5)
  expect(valueOf('x', 'number')).toBeNull()
  expect(valueOf('2026-03-01', 'date')).toBe('2026-03-01')
  expect(valueOf('金，银', 'string_set')).toEqual(['金', '银'])
  expect(valueOf('false', 'bool')).toBe(false)
})
