// Every page when the server answers an error, nothing yet, or an empty list. The answers are put in
// place in the browser, so this runs the same against the mock and a real server.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BASE, launch, login, openPage, shoot } from './browser.mjs'

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

const ZERO = {
  as_of: Date.now(),
  events_total: 0,
  events_today: 0,
  events_per_second: 0,
  profiles_total: 0,
  identities_total: 0,
  merges_total: 0,
  quarantined_total: 0,
  messages: { sent: 0, delivered: 0, failed: 0, suppressed: 0, unknown: 0 },
  coupons: { issued: 0, redeemed: 0 },
  journeys: [],
  orders_today: { count: 0, amount_fen: 0 },
  log: { end: 0, cursor: 0, lag_records: 0, disk_bytes: 0 },
  recent: [],
  series: [],
}
const EMPTY = {
  '/api/overview': ZERO,
  '/api/profiles': { total: 0, profiles: [], next_cursor: null },
  '/api/segments': { segments: [] },
  '/api/tags': { tags: [] },
  '/api/journeys': { journeys: [] },
  '/api/messages': { messages: [], next_cursor: null },
  '/api/coupons': { templates: [] },
  '/api/connectors': { connectors: [] },
  '/api/quarantine': { total: 0, items: [], next_cursor: null },
  '/api/imports': { imports: [] },
  '/api/questions': { questions: [] },
  '/api/boards': { boards: [] },
  '/api/schema': { events: [], traits: [] },
}
// Path, and words that the empty page must show.
const PAGES = [
  ['overview', '/', '还没有收到事件'],
  ['people', '/people', '还没有客户'],
  ['segments', '/segments', '还没有人群'],
  ['tags', '/tags', '还没有标签'],
  ['journeys', '/journeys', '还没有旅程'],
  ['messages', '/messages', '没有触达记录'],
  ['connectors', '/sources', '还没有配置渠道'],
  ['quarantine', '/sources/quarantine', '隔离区是空的'],
  ['imports', '/sources/imports', '还没有导入过数据'],
  ['boards', '/boards', '还没有看板'],
]

const isSession = (path) => ['/api/session', '/api/login', '/api/logout'].includes(path)

async function opened(answer) {
  const session = await openPage(browser, { allow: [/.*/] })
  await login(session.page)
  await session.page.route('**/api/**', async (route) => {
    const path = new URL(route.request().url()).pathname
    if (isSession(path)) return route.continue()
    return answer(route, path)
  })
  return session
}

describe('empty', () => {
  let session
  before(async () => {
    session = await opened((route, path) => route.fulfill({ json: EMPTY[path] ?? {} }))
  })
  after(() => session.context.close())
  for (const [name, path, words] of PAGES) {
    test(`${name} says what is missing and what to do`, async () => {
      await session.page.goto(BASE + path)
      await session.page.getByText(words).first().waitFor()
      await shoot(session.page, `${name}-none-zh`, { full: false })
    })
  }
  test('the analysis pages stand without any event', async () => {
    for (const page of ['funnel', 'trends', 'retention']) {
      await session.page.goto(`${BASE}/analysis/${page}`)
      await session.page.locator('[data-test=run]').waitFor()
    }
  })
})

describe('error', () => {
  let session
  before(async () => {
    session = await opened((route) =>
      route.fulfill({
        status: 503,
        json: {
          error: {
            code: 'unavailable',
            message: 'the log is read-only',
            field: null,
          },
        },
      }),
    )
  })
  after(() => session.context.close())
  for (const [name, path] of [
    ...PAGES,
    ['funnel', '/analysis/funnel'],
    ['trends', '/analysis/trends'],
    ['retention', '/analysis/retention'],
    ['board', '/boards/daily'],
  ]) {
    test(`${name} shows the error and offers to try again`, async () => {
      await session.page.goto(BASE + path)
      const alert = session.page.locator('[role=alert]').first()
      await alert.waitFor()
      assert.match(await alert.innerText(), /the log is read-only/)
      assert.match(await alert.innerText(), /重试/)
    })
  }
  test('a page to look at', async () => {
    await session.page.goto(`${BASE}/journeys`)
    await session.page.locator('[role=alert]').waitFor()
    await shoot(session.page, 'journeys-error-zh', { full: false })
  })
})

describe('loading', () => {
  test('a page that waits says so', async () => {
    const session = await opened(() => new Promise(() => {}))
    await session.page.goto(`${BASE}/journeys`)
    await session.page.locator('[aria-busy=true]').first().waitFor()
    await shoot(session.page, 'journeys-loading-zh', { full: false })
    await session.context.close()
  })
})
