import { effectScope, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { moved, progressOf } from './goal'
import { useTick } from './useTick'

describe('goals', () => {
  it('are reached from below when higher is better', () => {
    expect(progressOf(30, { value: 40, better: 'higher' })).toEqual({ share: 0.75, reached: false })
    expect(progressOf(40, { value: 40, better: 'higher' }).reached).toBe(true)
  })
  it('are kept from above when lower is better', () => {
    expect(progressOf(3, { value: 4, better: 'lower' }).reached).toBe(true)
    expect(progressOf(5, { value: 4, better: 'lower' }).reached).toBe(false)
  })
  it('say nothing without a value, and no share of nothing', () => {
    expect(progressOf(null, { value: 4, better: 'lower' })).toEqual({ share: null, reached: false })
    expect(progressOf(1, { value: 0, better: 'higher' }).share).toBeNull()
  })
})

it('moves a card to where another was', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
  expect(moved(['a'], 3, 0)).toEqual(['a'])
})

describe('the beat of a board', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  it('stops in the background, catches up once, and follows its interval', async () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(false)
    const scope = effectScope()
    const seconds = ref(10)
    const { tick, now } = scope.run(() => useTick(seconds))!
    vi.advanceTimersByTime(20_000)
    expect(tick.value).toBe(2)
    hidden.mockReturnValue(true)
    vi.advanceTimersByTime(60_000)
    expect(tick.value).toBe(2)
    hidden.mockReturnValue(false)
    document.dispatchEvent(new Event('visibilitychange'))
    expect(tick.value).toBe(3)
    seconds.value = 0
    await Promise.resolve()
    vi.advanceTimersByTime(60_000)
    expect(tick.value).toBe(3)
    now()
    expect(tick.value).toBe(4)
    scope.stop()
  })
})
