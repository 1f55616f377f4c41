import { expect, it } from 'vitest'
import type { TraitInfo, TraitRegistry } from '@/shared/api-types'
import { ruleOf, trimmed, without, withAll, withPolicy, withRule } from './trait-form'

const info = (name: string, more: Partial<TraitInfo> = {}): TraitInfo => ({
  name,
  registered: true,
  type: 'text',
  seen_type: 'text',
  data_class: 'public',
  name_zh: '',
  name_en: '',
  sources: [],
  seen_sources: [],
  history: false,
  people: 1,
  refused: 0,
  samples: [],
  ...more,
})
const registry = (traits: TraitInfo[]): TraitRegistry => ({
  version: 1,
  since: 1,
  by: 'li',
  unregistered: 'auto_register',
  profiles_total: 9,
  traits,
})

it('changes one rule and leaves the others and the policy', () => {
  const now = registry([
    info('age', { type: 'number' }),
    info('city'),
    info('new', { registered: false }),
  ])
  const next = withRule(now, { ...ruleOf(now.traits[1]!), name_zh: '城市' })
  expect(next).toEqual({
    unregistered: 'auto_register',
    traits: [
      { name: 'age', type: 'number', data_class: 'public' },
      { name: 'city', type: 'text', data_class: 'public', name_zh: '城市' },
    ],
  })
  expect(without(now, 'age').traits.map((t) => t.name)).toEqual(['city'])
  expect(withPolicy(now, 'quarantine').traits).toHaveLength(2)
})

it('registers what was seen as it was seen; what was sealed is text', () => {
  const now = registry([
    info('phone', { registered: false, type: 'sealed', data_class: 'personal' }),
    info('likes', { registered: false, type: 'list' }),
  ])
  expect(withAll(now).traits).toEqual([
    { name: 'phone', type: 'text', data_class: 'personal' },
    { name: 'likes', type: 'list', data_class: 'public' },
  ])
})

it('asks for no history of personal traits', () => {
  expect(trimmed({ name: 'a', data_class: 'sensitive', history: true })).not.toHaveProperty(
    'history',
  )
  expect(trimmed({ name: 'a', data_class: 'public', history: true }).history).toBe(true)
})
