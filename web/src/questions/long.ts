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
}

export interface Watch<A> {
  signal: AbortSignal
  /** An answer that is `cut_short`; the whole one follows. */
  onPartial: (answer: A) => void
  onProgress: (progress: Progress) => void
}

/** Found among those that wait or run: asked for alone, it would be a 404 once it is over. */
async function live(id: string): Promise<LiveQuery | undefined> {
  const { queries } = await get<{ queries: LiveQuery[] }>('/api/query')
  return queries.find((q) => q.query_id === id)
}

// Closing the connection ends it too, but a proxy in between may keep that open.
async function stop(id: string): Promise<void> {
  if (await live(id)) await del(`/api/query/${encodeURIComponent(id)}`)
}

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
      const now = await live(id)
      if (now && !over) {
        const waiting = now.state === 'waiting'
        watch.onProgress({ waiting, share: waiting ? null : now.share, passes: now.passes })
      }
    } catch {
      // The answer itself will say what is wrong.
    }
    if (!over) timer = setTimeout(poll, POLL_MS)
  }
  const gone = () => {
    over = true
    stop(id).catch(() => {})
  }
  signal.addEventListener('abort', gone)
  try {
    return await ask<A>({ ...query, query_id: id }, signal)
  } finally {
    over = true
    clearTimeout(timer)
    signal.removeEventListener('abort', gone)
  }
}
