// Questions that may take long: asked under a name, so that one can see how far they are and stop
// them; after a while there is an answer about the people so far, then the whole one.
import type { LiveQuery } from '@/shared/api-types'
import { del, get } from '@/shared/http'
import { ask } from './api'
import type { AnswerBase, Query } from './kind'

/** Nothing is said about a question that is answered sooner. */
export const QUIET_MS = 800
export const PARTIAL_AFTER_MS = 1500
const POLL_MS = 400

export interface Progress {
  waiting: boolean
  /** Of the people, in the pass at hand; null until the server says. */
  share: number | null
  passes: number
  running_ms: number
}

export interface Watch<A> {
  signal: AbortSignal
  /** An answer that is `cut_short`; the whole one follows. */
  onPartial: (answer: A) => void
  onProgress: (progress: Progress) => void
}

const at = (id: string) => `/api/query/${encodeURIComponent(id)}`

export async function askLong<A extends AnswerBase>(query: Query, watch: Watch<A>): Promise<A> {
  const first = await watched<A>({ ...query, partial_after_ms: PARTIAL_AFTER_MS }, watch, QUIET_MS)
  if (!first.cut_short) return first
  watch.onPartial(first)
  return watched<A>(query, watch, 0)
}

async function watched<A extends AnswerBase>(query: Query, watch: Watch<A>, quiet_ms: number) {
  const id = `console_${crypto.getRandomValues(new Uint32Array(2)).join('')}`
  const { signal } = watch
  let timer = setTimeout(poll, quiet_ms)
  let over = false

  async function poll(): Promise<void> {
    try {
      const live = await get<LiveQuery>(at(id), { signal })
      if (over) return
      watch.onProgress({
        waiting: live.state === 'waiting',
        share: live.state === 'running' ? live.share : null,
        passes: live.passes,
        running_ms: live.running_ms,
      })
    } catch {
      // Not begun yet, or just over: the answer says which.
    }
    if (!over) timer = setTimeout(poll, POLL_MS)
  }
  // A proxy in between may keep the connection open: the server is told as well.
  const stop = () => void del(at(id)).catch(() => {})
  signal.addEventListener('abort', stop)
  try {
    return await ask<A>({ ...query, query_id: id }, signal)
  } finally {
    over = true
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
