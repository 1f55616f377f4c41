import { computed, ref, type ComputedRef } from 'vue'

export interface CursorPages {
  /** Cursor of the page on screen; undefined for the first. */
  cursor: ComputedRef<string | undefined>
  page: ComputedRef<number>
  forward: (next: string | null) => void
  back: () => void
  reset: () => void
}

/** The API only points forward, so the way back is remembered here. */
export function useCursorPages(onChange: () => void): CursorPages {
  const trail = ref<string[]>([])
  return {
    cursor: computed(() => trail.value[trail.value.length - 1]),
    page: computed(() => trail.value.length + 1),
    forward(next) {
      if (!next) return
      trail.value = [...trail.value, next]
      onChange()
    },
    back() {
      trail.value = trail.value.slice(0, -1)
      onChange()
    },
    reset() {
      trail.value = []
    },
  }
}
