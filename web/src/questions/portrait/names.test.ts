// What a value of a portrait is called.
import { describe, expect, it } from 'vitest'
import * as format from '@/shared/format'
import type { Say } from '../kind'
import { featureName, valueOf } from './names'

const say = {
  words: {
    t: (key: string, o?: object) => key + (o ? JSON.stringify(o) : ''),
    word: (_: string, x: string) => x,
  },
  f: { number: format.formatNumber, money: format.formatMoney },
} as unknown as Say

describe('names of a portrait', () => {
  it('says money of bins that are fen, also where only the text of the bin is known', () => {
    const shown = valueOf('spend', { value: '[10000,30000)', from: 10000, to: 30000 }, say)
    expect(shown).toBe(`${format.formatMoney(10000)} – ${format.formatMoney(30000)}`)
    expect(valueOf('spend', { value: '[10000,30000)' }, say)).toBe(shown)
    expect(valueOf('spend', { value: '<10000' }, say)).toBe(`< ${format.formatMoney(10000)}`)
    expect(valueOf('spend', { value: '[1000000,+∞)' }, say)).toBe(
      `≥ ${format.formatMoney(1000000)}`,
    )
  })
  it('does not take any text for a bin', () => {
    expect(valueOf('profile.city', { value: '<杭州' }, say)).toBe('<杭州')
    expect(valueOf('profile.age', { value: '[18,40)' }, say)).toBe('18 – 40')
  })
  it('names features by what they are read from', () => {
    expect(featureName('last.channel', say.words)).toBe(
      'questions.portrait.features.last{"name":"channel"}',
    )
    expect(featureName('profile.city', say.words)).toBe('city')
    expect(featureName('hour', say.words)).toBe('questions.portrait.features.hour')
  })
})
