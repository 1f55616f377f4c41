import { onScopeDispose, ref, watch, type Ref } from 'vue'

/**
 * Counts up every `seconds` (0: never), not while the tab is hidden. Coming back after a missed
 * beat counts at once.
 */
export function useTick(seconds: Ref<number>): { tick: Ref<number>; now: () => void } {
  const tick = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined
  let missed = false

  const beat = () => {
    if (document.hidden) missed = true
    else tick.value++
  }
  const onVisibility = () => {
    if (document.hidden || !missed) return
    missed = false
    tick.value++
  }
  watch(
    seconds,
    (s) => {
      clearInterval(timer)
      timer = s > 0 ? setInterval(beat, s * 1000) : undefined
    },
    { immediate: true },
  )
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', onVisibility)
  })
  return { tick, now: () => tick.value++ }
}
