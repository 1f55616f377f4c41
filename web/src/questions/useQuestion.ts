import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Schema } from '@/shared/api-types'
import { toApiError, useLoad, type Load } from '@/shared/load'
import { fetchSchema } from '@/shared/library'
import type { CommonForm } from './common'
import type { AnswerBase, Kind, Query } from './kind'
import { askLong, type Progress } from './long'

export interface Answered<A> {
  query: Query
  answer: A
}

export interface Question<F extends CommonForm, A extends AnswerBase> {
  schema: Load<Schema>
  /** Null until the schema is there. */
  form: Ref<F | null>
  /** The answer with the query it belongs to: the form may have moved on since. */
  result: Load<Answered<A>>
  /** The question on its way or on screen; null before the first. */
  asked: Ref<Query | null>
  cancelled: Ref<boolean>
  /** How far the question is; null while there is nothing worth saying. */
  progress: Ref<Progress | null>
  /** The form says something else than what was asked. */
  changed: Ref<boolean>
  /** False when the form is not complete. */
  run: () => boolean
  cancel: () => void
}

/** The query that a link carries; null when there is none or it is not one of `kinds`. */
export function readLink(q: unknown, kinds: string[]): Query | null {
  if (typeof q !== 'string') return null
  try {
    const query = JSON.parse(q) as Query
    return typeof query === 'object' && query !== null && kinds.includes(query.kind) ? query : null
  } catch {
    return null
  }
}

/**
 * A question's life on a page: the form comes from the link or from the events that exist, running
 * it puts it into the link, going back in history asks the question of then. A new run takes the
 * place of one that is under way.
 */
export function useQuestion<F extends CommonForm, A extends AnswerBase>(
  kind: Kind<F, A>,
): Question<F, A> {
  const route = useRoute()
  const router = useRouter()
  const form = ref<F | null>(null) as Ref<F | null>
  const asked = shallowRef<Query | null>(null)
  const cancelled = ref(false)
  const progress = shallowRef<Progress | null>(null)
  const data = shallowRef<Answered<A> | null>(null)
  const error = shallowRef<Load<A>['error']['value']>(null)
  const loading = ref(false)
  let controller: AbortController | null = null

  async function reload(): Promise<void> {
    if (asked.value === null) return
    controller?.abort()
    const mine = new AbortController()
    controller = mine
    const query = asked.value
    loading.value = true
    cancelled.value = false
    progress.value = null
    try {
      const answer = await askLong<A>(query, {
        signal: mine.signal,
        onPartial: (part) => {
          if (controller === mine) data.value = { query, answer: part }
        },
        onProgress: (now) => {
          if (controller === mine) progress.value = now
        },
      })
      if (controller !== mine) return
      data.value = { query, answer }
      error.value = null
    } catch (cause) {
      if (controller !== mine) return
      error.value = toApiError(cause)
      // What is on screen belongs to another question: showing it would mislead.
      if (data.value?.query !== query) data.value = null
    } finally {
      if (controller === mine) {
        loading.value = false
        progress.value = null
      }
    }
  }

  function cancel(): void {
    if (!loading.value) return
    controller?.abort()
    controller = null
    loading.value = false
    progress.value = null
    cancelled.value = true
  }
  onScopeDispose(() => controller?.abort())

  const link = (query: Query) => JSON.stringify(query)
  // What the form said when it was asked: a link may spell the same question in another order.
  const said = ref('')
  const saying = () => {
    const query = form.value && kind.toQuery(form.value)
    return query ? link(query) : ''
  }

  function ask_(query: Query): void {
    asked.value = query
    said.value = saying()
    void reload()
  }

  function run(): boolean {
    const query = form.value && kind.toQuery(form.value)
    if (!query) return false
    const q = link(query)
    if (route.query.q !== q) void router.push({ query: { ...route.query, q } })
    ask_(query)
    return true
  }

  const schema = useLoad(async () => {
    const answer = await fetchSchema()
    const linked = readLink(route.query.q, kind.kinds)
    const first = linked ? kind.fromQuery(linked, answer) : kind.defaults(answer)
    form.value = reactive(first) as F
    const query = linked ?? kind.toQuery(first)
    if (query) ask_(query)
    return answer
  })

  watch(
    () => route.query.q,
    (q) => {
      const linked = readLink(q, kind.kinds)
      if (!linked || !schema.data.value) return
      if (asked.value && link(asked.value) === link(linked)) return
      form.value = reactive(kind.fromQuery(linked, schema.data.value)) as F
      ask_(linked)
    },
  )

  const changed = computed(() => asked.value !== null && saying() !== said.value)

  return {
    schema,
    form,
    result: { data, error, loading, reload },
    asked,
    cancelled,
    progress,
    changed,
    run,
    cancel,
  }
}
