// Questions against a real server: every kind, long ones, and people kept as segments.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { BASE, launch, login, openPage, PROBE, shoot } from './browser.mjs'

let browser
let session
before(async () => {
  browser = await launch()
  session = await openPage(browser, { allow: PROBE })
  await login(session.page)
})
after(() => browser?.close())

test('the people behind a number are kept as a segment that says where it came from', async () => {
  const { page, expectClean } = session
  const id = `kept_${Date.now() % 100_000}`
  await page.goto(`${BASE}/analysis/funnel`)
  await page.locator('[data-figure=funnel] tbody button').first().click()
  await page.locator('[data-test=save-segment]').click()
  const form = page.locator('[data-test=save-segment-form]')
  await form.locator('input[name=segment-name]').fill(`名单 ${id}`)
  await form.locator('input[name=segment-id]').fill(id)
  await shoot(page, 'keep-people-zh', { full: false })
  await form.locator('button[type=submit]').click()
  await page.waitForURL((url) => url.pathname === `/segments/${id}`)
  await page.locator('[data-test=origin]').waitFor()
  await shoot(page, 'segment-static-zh')
  await page.goto(`${BASE}/segments`)
  const row = page.locator('tbody tr', { hasText: `名单 ${id}` })
  assert.match(await row.innerText(), /静态[\s\S]*漏斗/)
  await row.getByRole('link').first().click()
  await page.getByRole('button', { name: '删除', exact: true }).first().click()
  await page.locator('.t-popconfirm__confirm').click()
  await page.waitForURL((url) => url.pathname === '/segments')
  expectClean()
})

test('a long question shows the people so far, how far it is, and can be cancelled', async () => {
  const { page, expectClean } = session
  let whole = null
  await page.route('**/api/query', async (route) => {
    const request = route.request()
    if (request.method() !== 'POST') {
      const queries = whole
        ? [{ query_id: whole.id, state: 'running', share: 0.62, passes: 1 }]
        : []
      return route.fulfill({ json: { queries } })
    }
    const query = request.postDataJSON()
    if (query.kind !== 'trends') return route.continue()
    if (query.partial_after_ms) {
      const answer = await (await route.fetch()).json()
      return route.fulfill({ json: { ...answer, cut_short: true, people_share: 0.37 } })
    }
    whole = { id: query.query_id, route }
  })
  await page.route('**/api/query/*', (route) => route.fulfill({ json: { cancelled: true } }))
  await page.goto(`${BASE}/analysis/trends`)
  assert.match(await page.locator('[data-test=partial]').innerText(), /约 37% 客户/)
  const wait = page.locator('[data-test=wait]')
  await wait.getByText('62%').waitFor()
  await shoot(page, 'long-question-zh', { full: false })
  await wait.locator('[data-test=cancel]').click()
  await page.getByText('已取消查询').waitFor()
  assert.match(await page.locator('[data-test=partial]').innerText(), /没有计算完/)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.locator('[data-test=run]').click()
  await page.locator('[data-test=partial]').waitFor({ state: 'detached' })
  expectClean()
})

test('every question opens, and its answer is exported with named columns', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/analysis/trends`)
  await page.locator('nav.tabs a').first().waitFor()
  const links = await page
    .locator('nav.tabs a')
    .evaluateAll((all) => all.map((a) => a.getAttribute('href')))
  assert.ok(links.length >= 12, `${links.length} questions`)
  for (const href of links) {
    await page.goto(`${BASE}${href}`)
    const button = page.locator('[data-test=export]')
    await button.or(page.getByText('这段时间没有数据')).first().waitFor()
    if (!(await button.isVisible())) continue
    const download = page.waitForEvent('download')
    await button.click()
    const path = await (await download).path()
    const lines = readFileSync(path, 'utf8').split('\r\n')
    assert.ok(lines.length > 2, href)
    assert.ok(!lines[0].includes('questions.'), `${href}: ${lines[0]}`)
    await shoot(page, `question${href.replaceAll('/', '-')}-zh`)
  }
  expectClean()
})

test('every question is shared by its link and kept on a board', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/analysis/trends`)
  await page.locator('nav.tabs a').first().waitFor()
  const links = await page
    .locator('nav.tabs a')
    .evaluateAll((all) => all.map((a) => a.getAttribute('href')))
  const board = `全部分析 ${Date.now() % 100_000}`
  let path = ''
  let kept = 0
  for (const href of links) {
    await page.goto(`${BASE}${href}`)
    const result = page.locator('[data-test=result]')
    await result.or(page.getByText('这段时间没有数据')).first().waitFor()
    if (!(await result.isVisible())) continue
    await page.locator('[data-test=run]').click()
    await page.waitForURL((url) => url.searchParams.has('q'))
    await page.reload()
    await result.waitFor()
    assert.ok((await page.locator('[data-figure]').count()) > 0, href)
    await page.locator('[data-test=save-to-board]').click()
    const dialog = page.locator('[data-test=save-dialog]')
    await dialog.locator('input[name=card-name]').fill(`卡 ${href}`)
    const choice = dialog.locator('.t-select').first()
    await choice.click()
    const option = path ? board : '新建看板'
    await page.locator('.t-select-option', { hasText: option }).first().click()
    if (!path) await dialog.locator('input[name=board-name]').fill(board)
    await dialog.locator('.t-dialog__confirm').click()
    await page.waitForURL((url) => url.pathname.startsWith('/boards/'))
    path = new URL(page.url()).pathname
    kept += 1
  }
  assert.ok(kept >= 10, `${kept} cards`)
  await page.goto(BASE + path)
  const cards = page.locator('[data-test=card]')
  await cards.first().waitFor()
  assert.equal(await cards.count(), kept)
  for (let i = 0; i < kept; i += 1) {
    await cards.nth(i).scrollIntoViewIfNeeded()
    await cards.nth(i).locator('[aria-busy]').waitFor({ state: 'detached' })
    assert.equal(await cards.nth(i).locator('[role=alert]').count(), 0, `card ${i}`)
  }
  await shoot(page, 'board-of-all-zh')
  // Other tests put their cards on the first board there is.
  await page.evaluate(async (at) => {
    const { csrf } = await (await fetch('/api/session')).json()
    await fetch(`/api${at}`, { method: 'DELETE', headers: { 'X-Weir-CSRF': csrf } })
  }, path)
  expectClean()
})

test('a table of costs is uploaded once and used by the full chain', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/analysis/chain`)
  await page.locator('[data-test=upload-cost]').click()
  const dialog = page.locator('[data-test=cost-dialog]')
  await dialog.locator('[data-test=cost-file]').setInputFiles({
    name: '投放费用.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('日期,渠道,消耗(元),点击\n2026-01-01,miniprogram,1000,20\n坏日期,x,1,1\n'),
  })
  await dialog.getByText('第 3 行').waitFor()
  assert.match(await dialog.locator('[data-test=cost-read]').innerText(), /1 行/)
  await shoot(page, 'cost-upload-zh', { full: false })
  await dialog.locator('.t-dialog__confirm').click()
  await dialog.waitFor({ state: 'detached' })
  await page.locator('[data-test=run]').click()
  await page.waitForURL((url) => (url.searchParams.get('q') ?? '').includes('"cost":"table:cost_'))
  await page.locator('[data-test=result]').waitFor()
  await page.getByText('删除这张表').click()
  await page.locator('.t-popconfirm__confirm').click()
  await page.getByText('删除这张表').waitFor({ state: 'detached' })
  expectClean()
})
