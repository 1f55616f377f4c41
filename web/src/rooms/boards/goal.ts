import type { Goal } from '@/questions/saved'

export interface Progress {
  /** Value ÷ goal; null without a value or with a goal of 0. */
  share: number | null
  reached: boolean
}

/** How far a number is towards its goal, or within it when lower is better. */
export function progressOf(value: number | null, goal: Goal): Progress {
  if (value === null) return { share: null, reached: false }
  const share = goal.value === 0 ? null : value / goal.value
  return { share, reached: goal.better === 'lower' ? value <= goal.value : value >= goal.value }
}

/** Moves one entry of a list; both indexes of the list as it was. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const out = [...list]
  const [item] = out.splice(from, 1)
  if (item !== undefined) out.splice(to, 0, item)
  return out
}
