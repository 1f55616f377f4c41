import { describe, expect, it } from 'vitest'
import type { SegmentDef } from '@/shared/api-types'
import { check, fromDef, newGroup, newLeaf, toDef, type DoneLeaf, type TreeNode } from './model'

const HIGH_INTENT: SegmentDef = {
  and: [
    { profile: { prop: 'profile.city_tier', op: 'in', value: [1, 2] } },
    { tag: { code: 'value_tier', op: 'neq', value: '低' } },
    {
      done: {
        event: 'cart',
        op: 'gte',
        value: 2,
        window: { last: 7, unit: 'day' },
        filter: { prop: 'event.amt', op: 'gte', value: 9900 },
      },
    },
    {
      sequence: {
        steps: [{ event: 'cart' }, { event: 'pay' }],
        within: 'P1D',
        then_not: true,
      },
    },
    { or: [{ segment: 'seg_vip' }, { group: { theme: 'food', op: 'member' } }] },
    { not: { segment: 'seg_blocked' } },
    { consent: { channel: 'sms', purpose: 'marketing', state: 'granted' } },
    { bucket: { salt: 'exp7', from: 0, to: 5000 } },
  ],
}

describe('JSON to tree and back', () => {
  it('keeps the SEMANTICS example as it was, including leaves it cannot edit', () => {
    expect(toDef(fromDef(HIGH_INTENT))).toEqual(HIGH_INTENT)
  })
  it('shows what it cannot edit as raw leaves', () => {
    const raw = fromDef(HIGH_INTENT).children.filter((child) => child.type === 'raw')
    expect(raw).toHaveLength(1)
  })
  it('edits a number over a property, and keeps one it cannot show raw', () => {
    const sum = { event: 'pay', agg: 'sum', prop: 'event.amt', op: 'gte', value: 1 }
    const def: SegmentDef = { and: [{ done: sum }] }
    const tree = fromDef(def)
    expect(tree.children[0]).toMatchObject({ type: 'done', agg: 'sum', prop: 'amt', count: 1 })
    expect(toDef(tree)).toEqual(def)
    expect(check(fromDef({ done: { ...sum, prop: 'event.amt' } }))).toEqual([])
    const odd: SegmentDef = { and: [{ done: { ...sum, agg: 'median' } }] }
    expect(fromDef(odd).children[0]!.type).toBe('raw')
    expect(toDef(fromDef(odd))).toEqual(odd)
  })
  it('edits steps in order, and keeps those of a kind it cannot show raw', () => {
    const leaf = fromDef(HIGH_INTENT).children[3]!
    expect(leaf).toMatchObject({ type: 'sequence', within: 24, thenNot: true, last: null })
    const strict: SegmentDef = {
      and: [{ sequence: { steps: [{ event: 'a' }, { event: 'b' }], immediately: true } }],
    }
    expect(fromDef(strict).children[0]!.type).toBe('raw')
    expect(toDef(fromDef(strict))).toEqual(strict)
    expect(check(newGroup('and', [newLeaf('sequence')])).map((p) => p.what)).toEqual(['incomplete'])
  })
  it('reads a done without op as "at least once, ever"', () => {
    const leaf = fromDef({ done: { event: 'pay' } }).children[0] as DoneLeaf
    expect(leaf).toMatchObject({ did: true, op: 'gte', count: 1, last: null })
  })
  it('wraps a single leaf in a group', () => {
    expect(toDef(fromDef({ segment: 'a' }))).toEqual({ and: [{ segment: 'a' }] })
  })
  it('keeps negated groups and negated leaves', () => {
    const def: SegmentDef = {
      and: [
        { not: { or: [{ segment: 'a' }, { segment: 'b' }] } },
        { not: { and: [{ tag: { code: 't', op: 'is_set' } }] } },
      ],
    }
    expect(toDef(fromDef(def))).toEqual(def)
  })
  it('joins several filters of an event with and', () => {
    const leaf = newLeaf('done') as DoneLeaf
    leaf.event = 'pay'
    leaf.filters = [
      { prop: 'amt', op: 'gte', value: 1 },
      { prop: 'sku', op: 'eq', value: 'A' },
    ]
    const def = toDef(newGroup('and', [leaf]))
    expect(def).toEqual({
      and: [
        {
          done: {
            event: 'pay',
            op: 'gte',
            value: 1,
            window: { last: 30, unit: 'day' },
            filter: {
              and: [
                { prop: 'event.amt', op: 'gte', value: 1 },
                { prop: 'event.sku', op: 'eq', value: 'A' },
              ],
            },
          },
        },
      ],
    })
    expect(toDef(fromDef(def))).toEqual(def)
  })
  it('writes not_done without a count', () => {
    const leaf = newLeaf('done') as DoneLeaf
    Object.assign(leaf, { event: 'pay', did: false, last: 7 })
    expect(toDef(newGroup('and', [leaf]))).toEqual({
      and: [{ not_done: { event: 'pay', window: { last: 7, unit: 'day' } } }],
    })
  })
})

describe('checks', () => {
  it('asks for at least one condition', () => {
    expect(check(newGroup()).map((p) => p.what)).toEqual(['empty'])
  })
  it('marks leaves that are not filled in', () => {
    const leaf = newLeaf('profile')
    expect(check(newGroup('and', [leaf]))).toEqual([{ node: leaf.id, what: 'incomplete' }])
  })
  it('wants two numbers for between and one value at least for in', () => {
    const between = { ...newLeaf('profile'), prop: 'age', op: 'between', value: [1] } as TreeNode
    const list = { ...newLeaf('tag'), code: 'c', op: 'in', value: [] } as TreeNode
    expect(check(newGroup('and', [between, list]))).toHaveLength(2)
  })
  it('accepts a whole definition', () => {
    expect(check(fromDef(HIGH_INTENT))).toEqual([])
  })
  it('refuses more than six levels and more than fifty leaves', () => {
    let tree = newGroup('and', [newLeaf('consent')])
    for (let i = 0; i < 6; i++) tree = newGroup('or', [tree])
    expect(check(tree).map((p) => p.what)).toContain('deep')
    const many = newGroup(
      'or',
      Array.from({ length: 51 }, () => newLeaf('consent')),
    )
    expect(check(many).map((p) => p.what)).toContain('many')
  })
})
