// What operators do: make a segment, follow a journey, ask a funnel, replay a quarantined record.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BASE, launch, login, openPage, PROBE, shoot } from './browser.mjs'

let browser
let session
before(async () => {
  browser = await launch()
  // A record whose replay fails again answers 4xx; the page must then say so.
  session = await openPage(browser, {
    allow: [...PROBE, /4\d\d .*replay/, /4\d\d.*replay/],
  })
  await login(session.page)
})
after(() => browser?.close())

const number = (text) => Number(text.replace(/[^\d]/g, ''))

test('overview counters move by themselves', async () => {
  const { page, expectClean } = session
  await page.goto(BASE)
  const stamp = page.locator('[data-test=as-of]')
  await stamp.waitFor()
  const first = await stamp.innerText()
  await page.waitForFunction(
    (before) => document.querySelector('[data-test=as-of]')?.innerText !== before,
    first,
    { timeout: 10_000 },
  )
  assert.ok((await page.locator('[data-test=stream] li').count()) > 0)
  expectClean()
})

test('a segment is built with a live preview, saved, found in the list, and deleted', async () => {
  const { page, expectClean } = session
  const name = `端到端 ${Date.now() % 100_000}`
  await page.goto(`${BASE}/segments`)
  await page.locator('[data-test=new-segment]').click()
  await page.locator('[data-leaf=done]').waitFor()
  await page.fill('input[name=name]', name)
  await page.locator('[data-test=event]').first().click()
  await page.locator('.t-select-option').first().click()
  const count = page.locator('[data-test=preview-count]')
  await count.waitFor()
  assert.ok(number(await count.innerText()) > 0)

  await page.locator('[data-test=add-condition]').first().click()
  await page.locator('.t-dropdown__item', { hasText: '触达授权' }).click()
  await page.locator('[data-leaf=consent]').waitFor()
  const answered = page.waitForResponse((r) => r.url().endsWith('/api/segments/preview'))
  await answered
  await page.waitForTimeout(300)
  await shoot(page, 'segment-new-zh')

  await page.locator('[data-test=save]').click()
  await page.locator('.t-message', { hasText: name }).waitFor()
  await page.waitForURL((url) => !url.pathname.endsWith('/new'))
  await page.goto(`${BASE}/segments`)
  await page.locator('.t-table tbody a', { hasText: name }).click()
  await page.locator('[data-leaf=consent]').waitFor()
  await page.getByRole('button', { name: '删除', exact: true }).first().click()
  await page.locator('.t-popconfirm__confirm').click()
  await page.waitForURL((url) => url.pathname === '/segments')
  await page.locator('.t-table tbody tr').first().waitFor()
  assert.equal(await page.locator('.t-table tbody a', { hasText: name }).count(), 0)
  expectClean()
})

test('a journey shows its nodes, a node its outcomes, a person their trace', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/journeys/cart_abandon`)
  for (const node of ['w30m', 'coupon', 'remind1', 'w3d', 'check', 'remind2', 'x_goal', 'x_end']) {
    await page.locator(`[data-node=${node}]`).waitFor()
  }
  assert.match(await page.locator('[data-node=w30m]').innerText(), /等待 \d+ 分钟/)
  assert.match(
    await page.locator('[data-node=remind1]').innerText(),
    /服务号模板消息 → 企微导购任务 → 短信/,
  )
  await page.locator('[data-node=remind1]').click()
  const drawer = page.locator('[data-test=node-drawer]')
  await drawer.locator('[data-test=outcomes] tbody tr').first().waitFor()
  assert.equal(await drawer.locator('[data-test=outcomes] tbody tr').count(), 3)
  await page.waitForTimeout(400)
  await shoot(page, 'journey-node-zh', { full: false })
  await page.locator('.t-drawer__close-btn:visible').first().click()

  await page.locator('[data-test=open-trace]').first().click()
  const trace = page.locator('[data-test=trace] li')
  await trace.first().waitFor()
  assert.ok((await trace.count()) >= 2)
  await page.waitForTimeout(400)
  await shoot(page, 'journey-trace-zh', { full: false })
  expectClean()
})

test('a funnel with a breakdown answers with steps that never grow', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/analysis/funnel`)
  await page.locator('[data-figure=funnel] tbody tr').first().waitFor()
  await page.locator('[data-test=breakdown]').click()
  await page.locator('.t-select-option:visible').first().click()
  await page.keyboard.press('Escape')
  await page.locator('[data-test=run]').click()
  await page.locator('[data-figure=breakdown] tbody tr').first().waitFor()
  const cells = await page.locator('[data-figure=funnel] tbody tr td:nth-child(2)').allInnerTexts()
  const counts = cells.map(number)
  assert.ok(counts[0] > 0)
  for (let k = 1; k < counts.length; k++) assert.ok(counts[k] <= counts[k - 1])
  await page.waitForTimeout(600)
  await shoot(page, 'funnel-breakdown-zh')
  expectClean()
})

test('trends compare with the period before, and the link opens the same question', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/analysis/trends`)
  await page.locator('[data-figure=trend] tbody tr').first().waitFor()
  await page.locator('[data-test=compare] .t-select__wrap').click()
  await page.locator('.t-select-option:visible', { hasText: '环比' }).click()
  const answered = page.waitForResponse((r) => r.url().endsWith('/api/query') && r.ok())
  await page.locator('[data-test=run]').click()
  await answered
  await page.locator('[data-test=headlines]', { hasText: '上期' }).waitFor()
  await page.waitForTimeout(600)
  await shoot(page, 'trends-compare-zh')
  const link = page.url()
  assert.match(decodeURIComponent(link), /"compare":"previous"/)
  await page.goto(`${BASE}/analysis/funnel`)
  await page.goto(link)
  await page.locator('[data-test=headlines]', { hasText: '上期' }).waitFor()
  expectClean()
})

test('an answer is exported as CSV', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/analysis/trends`)
  await page.locator('[data-test=result] tbody tr').first().waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('[data-test=export]').click(),
  ])
  assert.match(download.suggestedFilename(), /^事件分析 .*\.csv$/)
  expectClean()
})

test('a number leads to the people behind it', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/analysis/funnel`)
  await page.locator('[data-figure=funnel] tbody button').first().click()
  const drawer = page.locator('[data-test=people-drawer]')
  await drawer.locator('a.person').first().waitFor()
  assert.match(await drawer.innerText(), /共 [\d,]+ 人/)
  await page.waitForTimeout(400)
  await shoot(page, 'funnel-people-zh', { full: false })
  expectClean()
})

test('a question is put on a board with a goal, and taken off again', async () => {
  const { page, expectClean } = session
  const name = `端到端 ${Date.now() % 100_000}`
  await page.goto(`${BASE}/analysis/trends`)
  await page.locator('[data-test=result] tbody tr').first().waitFor()
  await page.locator('[data-test=save-to-board]').click()
  const dialog = page.locator('.t-dialog:visible')
  await dialog.locator('input[name=card-name]').fill(name)
  await dialog.locator('.t-radio-button', { hasText: '数字' }).click()
  await dialog.locator('[data-test=goal] input').fill('5')
  await dialog.locator('[data-test=goal] input').blur()
  await shoot(page, 'save-to-board-zh', { full: false })
  await dialog.locator('.t-dialog__confirm').click()
  await page.waitForURL((url) => url.pathname.startsWith('/boards/'))
  const card = page.locator('[data-test=card]', { hasText: name })
  await card.locator('[role=progressbar]').waitFor()
  assert.match(await card.innerText(), /目标 5/)

  await page.locator('[data-test=edit-board]').click()
  await card.locator('[data-test=card-menu]').click()
  await page.locator('.t-dropdown__item:visible', { hasText: '移除卡片' }).click()
  await card.waitFor({ state: 'detached' })
  await page.reload()
  await page.locator('[data-test=card]').first().waitFor()
  assert.equal(await page.locator('[data-test=card]', { hasText: name }).count(), 0)
  expectClean()
})

test('a board asks again by itself, and its cards can be moved', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/boards/daily`)
  await page.locator('[data-test=number-card]').first().waitFor()
  const again = page.waitForResponse((r) => r.url().endsWith('/api/query') && r.ok(), {
    timeout: 15_000,
  })
  await again
  await page.locator('[data-test=edit-board]').click()
  const titles = () => page.locator('[data-test=card] h3').allInnerTexts()
  const [first, second, ...rest] = await titles()
  const stored = page.waitForResponse((r) => r.request().method() === 'PUT')
  await page.locator('[data-test=card]').first().focus()
  await page.keyboard.press('ArrowRight')
  await stored
  assert.deepEqual(await titles(), [second, first, ...rest])
  const back = page.waitForResponse((r) => r.request().method() === 'PUT')
  await page.locator('[data-test=card]').nth(1).focus()
  await page.keyboard.press('ArrowLeft')
  await back
  assert.deepEqual(await titles(), [first, second, ...rest])
  expectClean()
})

test('a quarantined record shows its payload and can be replayed', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/sources/quarantine`)
  const items = page.locator('[data-test=quarantine] li')
  await items.first().waitFor()
  await items.first().getByRole('button', { name: '展开' }).click()
  await items.first().locator('pre').waitFor()
  await shoot(page, 'quarantine-open-zh', { full: false })
  await items.first().locator('[data-test=replay]').click()
  await page.locator('.t-message').first().waitFor()
  expectClean()
})

test('a person is found by profile id, and nobody by nonsense', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/people`)
  const link = page.locator('.t-table tbody a.person').first()
  await link.waitFor()
  const id = (await link.getAttribute('href')).split('/').pop()
  await page.fill('input[name=query]', id)
  await page.click('button[type=submit]')
  await page.waitForFunction(
    () => document.querySelectorAll('.t-table tbody a.person').length === 1,
  )
  await page.fill('input[name=query]', 'nobody-has-this-identity')
  await page.click('button[type=submit]')
  await page.getByText('没有符合条件的客户').waitFor()
  await shoot(page, 'people-empty-zh', { full: false })
  expectClean()
})

test('two people who were taken for one are put apart after a preview', async () => {
  const { page, expectClean } = session
  const { profiles } = await page.evaluate(async () =>
    (await fetch('/api/profiles?limit=100')).json(),
  )
  const person = profiles.find((p) => p.identity_count > 2)
  await page.goto(`${BASE}/people/${person.profile_id}`)
  await page.locator('[data-test=why-link]').click()
  await page.locator('[data-test=unmerge-open]').click()
  const dialog = page.locator('[data-test=unmerge]')
  await dialog.locator('.t-checkbox').last().click()
  await dialog.locator('[data-test=unmerge-preview]').waitFor()
  await shoot(page, 'unmerge-zh', { full: false })
  await dialog.locator('input[type=text]').fill('端到端')
  await page.locator('.t-dialog__confirm', { hasText: '确认拆分' }).click()
  await page.locator('.t-message', { hasText: '已拆分' }).waitFor()
  const after = await page.evaluate(
    async (id) => (await fetch(`/api/profiles/${id}`)).json(),
    person.profile_id,
  )
  assert.ok(after.identities.length < person.identity_count)
  assert.ok(after.links.some((link) => link.rule === 'cut'))
  expectClean()
})
