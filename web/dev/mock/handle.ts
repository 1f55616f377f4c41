import type { FunnelQuery, SegmentDef, TrendsQuery } from '../../src/shared/api-types'
import * as answers from './answers'
import { statsOf, wireTrace } from './enrollments'
import { funnel, trends } from './query'
import { BadDef, inSegment } from './segments'
import { recordedAnswer } from './recorded'
import { makeWorld, type World } from './world'

export interface MockRequest {
  method: string
  url: string
  body: unknown
  /** Value of the session cookie and of X-Weir-CSRF, when sent. */
  session: string | null
  csrf: string | null
}

export interface MockAnswer {
  status: number
  body: unknown
  cookie?: string
}

// Not secrets: the one account of the development mock. The real server prints its own at first run.
const USER = 'admin'
const PASSWORD = 'weir-demo'
const SESSION = 'mock-session'
const CSRF = 'mock-csrf'

const fail = (status: number, code: string, message: string, field?: string): MockAnswer => ({
  status,
  body: { error: { code, message, field: field ?? null } },
})
const ok = (body: unknown): MockAnswer => ({ status: 200, body })

type Handler = (args: {
  id: string
  body: any
  q: URLSearchParams
  now: number
  world: World
}) => MockAnswer

/** Pages through `list`; the cursor is the next index. */
function page<T>(list: T[], q: URLSearchParams): { rows: T[]; next: string } {
  const from = Number(q.get('cursor') ?? q.get('before') ?? 0)
  const limit = Number(q.get('limit') ?? 50)
  const next = from + limit < list.length ? String(from + limit) : ''
  return { rows: list.slice(from, from + limit), next }
}

/** Keeps the people behind a number as a static segment. */
function freeze(world: World, body: any, now: number) {
  const { id = `saved_${now}`, name } = body.save_as_segment
  const people = world.people.slice(0, 20).length
  const { query, ...of } = body.of
  world.frozen.unshift({
    id,
    name,
    kind: 'static',
    version: 1,
    count: people,
    updated_at: now,
    def: null,
    frozen: { as_of: now, people, complete: true, origin: { query: query ?? null, of } },
  })
  return { id, name, count: people }
}

function audience(world: World, def: SegmentDef, now: number) {
  const segment = (id: string) => world.segments.find((s) => s.id === id)?.def
  return world.people.filter((person) => inSegment({ now, segment }, person, def))
}

const routes: [string, RegExp, Handler][] = [
  ['GET', /^\/api\/overview$/, ({ world, now }) => ok(answers.overview(world, now))],
  [
    'GET',
    /^\/api\/profiles$/,
    ({ world, q, now }) => {
      const query = q.get('query') ?? ''
      const segment = world.segments.find((s) => s.id === q.get('segment'))
      let list = segment ? audience(world, segment.def, now) : world.people
      if (query) {
        list = list.filter(
          (p) => p.id === query || p.phone === query || p.identities.some((i) => i.value === query),
        )
      }
      const rows = list.map(answers.profileRow).sort((a, b) => b.last_seen - a.last_seen)
      const { rows: profiles, next } = page(rows, q)
      return ok({ total: rows.length, profiles, next_cursor: next })
    },
  ],
  [
    'GET',
    /^\/api\/profiles\/([^/]+)$/,
    ({ world, id, now }) => {
      const person = world.byId.get(id)
      if (!person) return fail(404, 'not_found', `profile "${id}" does not exist`, 'profile_id')
      return ok(answers.profileDetail(world, person, now))
    },
  ],
  [
    'GET',
    /^\/api\/profiles\/([^/]+)\/timeline$/,
    ({ world, id, q }) => {
      const person = world.byId.get(id)
      if (!person) return fail(404, 'not_found', `profile "${id}" does not exist`)
      const { rows, next } = page([...person.events].reverse(), q)
      const identity = person.identities[0]!
      const events = rows.map((e) => ({
        event_time: e.t,
        name: e.name,
        kind: e.kind,
        source: e.source,
        identity: { kind: identity.kind, value: identity.value },
        message_id: e.id,
        position: e.position,
        properties: e.props,
      }))
      return ok({ events, next })
    },
  ],
  [
    'POST',
    /^\/api\/profiles\/([^/]+)\/reveal$/,
    ({ world, id, body }) => {
      const person = world.byId.get(id)
      if (!person) return fail(404, 'not_found', `profile "${id}" does not exist`)
      return ok({ value: body.trait === 'phone' ? person.phone : person.name.replace('*', '小') })
    },
  ],
  [
    'POST',
    /^\/api\/profiles\/([^/]+)\/erase$/,
    ({ world, id, body }) => {
      if (!body.reason) return fail(400, 'invalid', 'reason: must not be empty', 'reason')
      world.people = world.people.filter((p) => p.id !== id)
      world.byId.delete(id)
      return ok({ erased: true })
    },
  ],
  [
    'GET',
    /^\/api\/segments$/,
    ({ world, now }) =>
      ok({
        segments: [
          ...world.frozen,
          ...world.segments.map((s) => ({
            ...s,
            kind: 'dynamic',
            count: audience(world, s.def, now).length,
          })),
        ],
      }),
  ],
  [
    'POST',
    /^\/api\/segments\/preview$/,
    ({ world, body, now }) => {
      const members = audience(world, body.def, now)
      const sample = members.slice(0, 8).map((p) => ({ profile_id: p.id, display_name: p.name }))
      return ok({ count: members.length, universe: world.people.length, sample, as_of: now })
    },
  ],
  [
    'GET',
    /^\/api\/segments\/([^/]+)$/,
    ({ world, id, now }) => {
      const frozen = world.frozen.find((x) => x.id === id)
      if (frozen) return ok({ ...frozen, changes: answers.changes(id, now) })
      const s = world.segments.find((x) => x.id === id)
      if (!s) return fail(404, 'not_found', `segment "${id}" does not exist`)
      return ok({
        ...s,
        kind: 'dynamic',
        count: audience(world, s.def, now).length,
        changes: answers.changes(id, now),
      })
    },
  ],
  [
    'PUT',
    /^\/api\/segments\/([^/]+)$/,
    ({ world, id, body, now }) => {
      if (!body.name) return fail(400, 'invalid', `segment "${id}": name must not be empty`, 'name')
      const count = audience(world, body.def, now).length
      const old = world.segments.find((s) => s.id === id)
      const saved = {
        id,
        name: body.name,
        def: body.def,
        version: (old?.version ?? 0) + 1,
        updated_at: now,
      }
      world.segments = [saved, ...world.segments.filter((s) => s.id !== id)]
      return ok({ id, version: saved.version, count })
    },
  ],
  [
    'DELETE',
    /^\/api\/segments\/([^/]+)$/,
    ({ world, id }) => {
      world.segments = world.segments.filter((s) => s.id !== id)
      return ok({ deleted: true })
    },
  ],
  ['GET', /^\/api\/tags$/, ({ world, now }) => ok({ tags: answers.tags(world, now) })],
  ['GET', /^\/api\/journeys$/, ({ world }) => ok({ journeys: answers.journeyRows(world) })],
  [
    'GET',
    /^\/api\/journeys\/([^/]+)$/,
    ({ world, id }) => {
      const journey = world.journeys.find((j) => j.definition.id === id)
      if (!journey) return fail(404, 'not_found', `journey "${id}" does not exist`)
      const { definition, state, enrollments } = journey
      return ok({
        definition,
        state,
        version: definition.version,
        stats: statsOf(definition, enrollments),
      })
    },
  ],
  [
    'POST',
    /^\/api\/journeys\/([^/]+\/(?:pause|resume|stop))$/,
    ({ world, id }) => {
      const [key, action] = id.split('/')
      const journey = world.journeys.find((j) => j.definition.id === key)
      if (!journey) return fail(404, 'not_found', `journey "${key}" does not exist`)
      journey.state = action === 'pause' ? 'paused' : action === 'stop' ? 'stopped' : 'live'
      return ok({ state: journey.state })
    },
  ],
  [
    'GET',
    /^\/api\/journeys\/([^/]+)\/enrollments$/,
    ({ world, id, q }) => {
      const journey = world.journeys.find((j) => j.definition.id === id)
      if (!journey) return fail(404, 'not_found', `journey "${id}" does not exist`)
      const state = q.get('state')
      const { rows, next } = page(
        journey.enrollments.filter((e) => !state || e.state === state),
        q,
      )
      return ok({ enrollments: rows.map(({ trace: _, ...row }) => row), next_cursor: next })
    },
  ],
  [
    'GET',
    /^\/api\/enrollments\/([^/]+)$/,
    ({ world, id }) => {
      const found = world.journeys.flatMap((j) => j.enrollments).find((e) => e.enrollment_id === id)
      if (!found) return fail(404, 'not_found', `enrollment "${id}" does not exist`)
      return ok({ ...found, trace: wireTrace(found) })
    },
  ],
  [
    'GET',
    /^\/api\/messages$/,
    ({ world, q }) => {
      const state = q.get('state')
      const { rows, next } = page(
        world.messages.filter((m) => !state || m.state === state),
        q,
      )
      return ok({ messages: rows, next_cursor: next })
    },
  ],
  [
    'GET',
    /^\/api\/coupons$/,
    () =>
      ok({
        templates: [
          {
            id: 'cpn_cart_20',
            name: '加购挽回 满 100 减 20',
            stock: 5000,
            issued: 431,
            redeemed: 97,
            budget_fen: 2_000_000,
            spent_fen: 194_000,
          },
          {
            id: 'cpn_newfriend',
            name: '新好友 10 元无门槛',
            stock: 2000,
            issued: 208,
            redeemed: 61,
            budget_fen: 500_000,
            spent_fen: 61_000,
          },
        ],
      }),
  ],
  ['GET', /^\/api\/query$/, () => ok({ queries: [] })],
  [
    'POST',
    /^\/api\/query$/,
    ({ world, body, now }) => {
      if (body.kind === 'trends') return ok(trends(world.people, body as TrendsQuery, now))
      if (body.kind === 'funnel') return ok(funnel(world.people, body as FunnelQuery, now))
      const recorded = recordedAnswer(body.kind)
      if (recorded) return ok({ ...recorded, as_of: now })
      if (body.kind === 'drill') {
        const persons = world.people.slice(0, 20).map(answers.profileRow)
        return ok({
          kind: 'drill',
          of: body.of,
          total: 20,
          rows: 20,
          persons,
          next: null,
          as_of: now,
          ...(body.save_as_segment ? { segment: freeze(world, body, now) } : {}),
        })
      }
      return fail(
        400,
        'invalid',
        `kind "${body.kind}" is not one of trends, funnel, timeline`,
        'kind',
      )
    },
  ],
  [
    'GET',
    /^\/api\/questions$/,
    ({ world }) => ok({ questions: [...world.saved.questions.values()] }),
  ],
  [
    'PUT',
    /^\/api\/questions\/([^/]+)$/,
    ({ world, id, body, now }) => {
      const version = (world.saved.questions.get(id)?.version ?? 0) + 1
      world.saved.questions.set(id, { id, ...body, version, updated_at: now })
      return ok({ id, version })
    },
  ],
  ['GET', /^\/api\/boards$/, ({ world }) => ok({ boards: [...world.saved.boards.values()] })],
  [
    'GET',
    /^\/api\/boards\/([^/]+)$/,
    ({ world, id }) => {
      const board = world.saved.boards.get(id)
      return board ? ok(board) : fail(404, 'not_found', `board "${id}" does not exist`, 'id')
    },
  ],
  [
    'PUT',
    /^\/api\/boards\/([^/]+)$/,
    ({ world, id, body, now }) => {
      const version = (world.saved.boards.get(id)?.version ?? 0) + 1
      world.saved.boards.set(id, { id, name: body.name, version, updated_at: now, def: body })
      return ok({ id, version })
    },
  ],
  [
    'DELETE',
    /^\/api\/boards\/([^/]+)$/,
    ({ world, id }) => {
      world.saved.boards.delete(id)
      return ok({ deleted: true })
    },
  ],
  ['GET', /^\/api\/connectors$/, ({ world }) => ok({ connectors: world.connectors })],
  [
    'GET',
    /^\/api\/quarantine$/,
    ({ world, q }) => {
      const { rows, next } = page(world.quarantine, q)
      return ok({ total: world.quarantine.length, items: rows, next_cursor: next })
    },
  ],
  [
    'POST',
    /^\/api\/quarantine\/([^/]+)\/replay$/,
    ({ world, id }) => {
      const item = world.quarantine.find((x) => x.id === id)
      if (!item) return fail(404, 'not_found', `item "${id}" does not exist`)
      if (item.reason === 'unknown_event')
        return fail(400, item.reason, item.message, item.field ?? undefined)
      world.quarantine = world.quarantine.filter((x) => x !== item)
      return ok({ replayed: true })
    },
  ],
  [
    'POST',
    /^\/api\/quarantine\/([^/]+)\/discard$/,
    ({ world, id }) => {
      world.quarantine = world.quarantine.filter((x) => x.id !== id)
      return ok({ discarded: true })
    },
  ],
  ['GET', /^\/api\/imports$/, ({ world }) => ok({ imports: world.imports })],
  ['GET', /^\/api\/schema$/, ({ world }) => ok(answers.schema(world))],
]

/** The console API answered from memory. One instance keeps its edits until it is dropped. */
export function createMock(start = Date.now()) {
  const world = makeWorld(start)
  const session_body = { operator: { username: USER, role: 'admin' }, csrf: CSRF }

  return (request: MockRequest, now = Date.now()): MockAnswer => {
    const { pathname, searchParams } = new URL(request.url, 'http://mock')
    if (pathname === '/healthz') return ok({ status: 'ok', version: 'mock' })
    if (pathname === '/api/login') {
      const { username, password } = (request.body ?? {}) as Record<string, string>
      if (username !== USER || password !== PASSWORD) {
        return fail(401, 'unauthenticated', 'username or password is wrong')
      }
      return { ...ok(session_body), cookie: SESSION }
    }
    if (request.session !== SESSION) return fail(401, 'unauthenticated', 'no session')
    if (pathname === '/api/session') return ok(session_body)
    if (request.method !== 'GET' && request.csrf !== CSRF) {
      return fail(403, 'csrf', 'X-Weir-CSRF is missing or wrong')
    }
    if (pathname === '/api/logout') return { ...ok({}), cookie: '' }
    for (const [method, pattern, handler] of routes) {
      const match = method === request.method ? pattern.exec(pathname) : null
      if (!match) continue
      try {
        const id = decodeURIComponent(match[1] ?? '')
        return handler({ id, body: request.body ?? {}, q: searchParams, now, world })
      } catch (error) {
        if (error instanceof BadDef) return fail(400, 'invalid', error.message, error.field)
        throw error
      }
    }
    return fail(404, 'not_found', `${request.method} ${pathname} is not part of the API`)
  }
}
