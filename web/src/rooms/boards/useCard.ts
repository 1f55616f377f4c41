import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { AnswerBase, AnyKind, View } from '@/questions/kind'
import { KINDS, pageOf } from '@/questions/kinds'
import { askLong, type Progress } from '@/questions/long'
import type { SavedQuestion } from '@/questions/saved'
import { ApiError } from '@/shared/http'
import { useWords } from '@/shared/i18n'
import { useLoad, type Load } from '@/shared/load'
import { useFormat } from '@/shared/useFormat'

export interface CardAnswer {
  load: Load<{ answer: AnswerBase; kind: AnyKind }>
  view: Ref<View | null>
  /** How far a long question is; null while there is nothing worth saying. */
  progress: Ref<Progress | null>
  cancel: () => void
}

/**
 * Asks a card's question when the card is in sight, and again when `tick` changes: cards out of
 * sight ask nothing, and catch up when they are seen again.
 */
export function useCard(
  question: () => SavedQuestion | undefined,
  tick: Ref<number>,
  visible: Ref<boolean>,
): CardAnswer {
  const words = useWords()
  const f = useFormat()
  const controller = shallowRef<AbortController | null>(null)
  const answered = ref(-1)
  const progress = shallowRef<Progress | null>(null)

  const load: CardAnswer['load'] = useLoad(async () => {
    const saved = question()
    if (!saved) throw new ApiError(404, 'not_found', 'the saved question was deleted')
    const page = pageOf(saved.query.kind)
    if (!page) throw new ApiError(400, 'unknown_kind', `unknown kind "${saved.query.kind}"`)
    const at = tick.value
    controller.value?.abort()
    const mine = new AbortController()
    controller.value = mine
    try {
      const kind = await KINDS[page]!()
      const answer = await askLong<AnswerBase>(saved.query, {
        signal: mine.signal,
        onPartial: (part) => {
          if (controller.value === mine) load.data.value = { answer: part, kind }
        },
        onProgress: (now) => {
          if (controller.value === mine) progress.value = now
        },
      })
      answered.value = at
      return { answer, kind }
    } finally {
      if (controller.value === mine) progress.value = null
    }
  }, 'later')

  watch(
    [tick, visible, () => question()?.query],
    ([now, seen, query], before) => {
      const changed = before.length > 0 && before[2] !== query
      if (seen && (changed || answered.value !== now)) void load.reload()
    },
    { immediate: true },
  )
  onScopeDispose(() => controller.value?.abort())

  const view = computed(() => {
    // Reading the language here draws the answer anew when it changes.
    void words.locale.value
    const data = load.data.value
    const saved = question()
    return data && saved ? data.kind.view(data.answer, saved.query, { words, f }) : null
  })
  /** Until the next beat of the board. */
  function cancel(): void {
    answered.value = tick.value
    controller.value?.abort()
  }
  return { load, view, progress, cancel }
}

/** True while the element is near the screen. */
export function useVisible(element: Ref<HTMLElement | null>): Ref<boolean> {
  const visible = ref(false)
  const observer = new IntersectionObserver(
    (entries) => (visible.value = entries[entries.length - 1]!.isIntersecting),
    { rootMargin: '160px' },
  )
  watch(element, (now, before) => {
    if (before) observer.unobserve(before)
    if (now) observer.observe(now)
  })
  onScopeDispose(() => observer.disconnect())
  return visible
}
