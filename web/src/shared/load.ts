import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ApiError } from './http'

export interface Load<T> {
  data: ShallowRef<T | null>
  error: ShallowRef<ApiError | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/**
 * Runs `fetcher` now and on `reload()`. Only the latest run may set the result, so a slow earlier
 * answer never overwrites a newer one. Data of the previous run stays visible while reloading.
 */
export function useLoad<T>(fetcher: () => Promise<T>, when: 'now' | 'later' = 'now'): Load<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const loading = ref(false)
  let run = 0

  async function reload(): Promise<void> {
    const mine = ++run
    loading.value = true
    try {
      const answer = await fetcher()
      if (mine !== run) return
      data.value = answer
      error.value = null
    } catch (cause) {
      if (mine !== run) return
      error.value = toApiError(cause)
    } finally {
      if (mine === run) loading.value = false
    }
  }

  if (when === 'now') void reload()
  return { data, error, loading, reload }
}

export function toApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  return new ApiError(0, 'console', cause instanceof Error ? cause.message : String(cause))
}

/**
 * Calls `tick` every `interval_ms`, not while the tab is hidden and never twice at once.
 * Coming back to the tab ticks immediately.
 */
export function usePoll(tick: () => Promise<void>, interval_ms: number): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let running = false

  async function loop(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (stopped || running || document.hidden) return
    running = true
    await tick()
    running = false
    if (!stopped && !document.hidden) timer = setTimeout(() => void loop(), interval_ms)
  }
  function onVisibility(): void {
    if (!document.hidden && timer === undefined) void loop()
  }

  timer = setTimeout(() => void loop(), interval_ms)
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    stopped = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisibility)
  })
}

/** Calls `action` once `wait_ms` after the last call. */
export function debounce<A extends unknown[]>(
  action: (...args: A) => void,
  wait_ms: number,
): (...args: A) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (...args: A) => {
    clearTimeout(timer)
    timer = setTimeout(() => action(...args), wait_ms)
  }
}
