import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { askLong, type Progress } from './long'
import type { AnswerBase } from './kind'

// A server that answers a question when the test says so.
interface Sent {
  body: Record<string, unknown>
  answer: (body: unknown) => void
}
let sent: Sent[]
let other: string[]

beforeEach(() => {
  vi.useFakeTimers()
  sent = []
  other = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (init.method !== 'POST') {
      other.push(`${init.method} ${path}`)
      const queries = sent.map(({ body }) => ({
        query_id: body.query_id,
        state: 'running',
        share: 0.37,
        passes: 1,
      }))
      return Promise.resolve(new Response(JSON.stringify({ queries })))
    }
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
      const answer = (body: unknown) => resolve(new Response(JSON.stringify(body)))
      sent.push({ body: JSON.parse(String(init.body)), answer })
    })
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function start() {
  const control = new AbortController()
  const partials: AnswerBase[] = []
  const progress: Progress[] = []
  const whole = askLong<AnswerBase>(
    { kind: 'trends' },
    {
      signal: control.signal,
      onPartial: (a) => partials.push(a),
      onProgress: (p) => progress.push(p),
    },
  )
  return { control, partials, progress, whole }
}

it('asks once when the answer comes in time, and nobody asks how far it is', async () => {
  const { whole, partials } = start()
  sent[0]!.answer({ kind: 'trends', as_of: 1, cut_short: false })
  expect((await whole).as_of).toBe(1)
  await vi.advanceTimersByTimeAsync(5000)
  expect([sent.length, other.length, partials.length]).toEqual([1, 0, 0])
})

it('says how far it is while it waits', async () => {
  const { whole, progress } = start()
  await vi.advanceTimersByTimeAsync(900)
  expect(progress[0]).toMatchObject({ waiting: false, share: 0.37 })
  expect(other).toEqual(['GET /api/query'])
  sent[0]!.answer({ kind: 'trends', as_of: 1 })
  await whole
})

it('shows the people so far, then asks for all of them', async () => {
  const { whole, partials } = start()
  sent[0]!.answer({ kind: 'trends', as_of: 1, cut_short: true, people_share: 0.37 })
  await vi.advanceTimersByTimeAsync(0)
  expect(partials.map((p) => p.people_share)).toEqual([0.37])
  expect(sent[0]!.body.partial_after_ms).toBeGreaterThan(0)
  expect(sent[1]!.body.partial_after_ms).toBeUndefined()
  sent[1]!.answer({ kind: 'trends', as_of: 2, cut_short: false })
  expect((await whole).as_of).toBe(2)
})

it('tells the server when it is no longer wanted', async () => {
  const { whole, control } = start()
  const gone = expect(whole).rejects.toThrow()
  control.abort()
  await gone
  await vi.advanceTimersByTimeAsync(0)
  expect(other.at(-1)).toBe(`DELETE /api/query/${String(sent[0]!.body.query_id)}`)
})
