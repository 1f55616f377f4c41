// Segments in the console: made of others, their portrait, their past, and who is like them.
import assert from 'node:assert/strict'
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

test('a segment is combined of two, and deleted', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/segments`)
  await page.locator('[data-test=combine]').click()
  const dialog = page.locator('[data-test=combine-dialog]')
  await dialog.getByText('差集').click()
  await dialog.locator('[data-test=combine-of]').click()
  const options = page.locator('.t-select-option:visible')
  await options.nth(0).click()
  await options.nth(1).click()
  await dialog.locator('.t-dialog__header').click() // the list of options closes
  await dialog.locator('input[name=combined-name]').fill('组合出来的人群')
  await shoot(page, 'segment-combine-zh', { full: false })
  await dialog.getByRole('button', { name: '保存' }).click()
  await page.waitForURL(/\/segments\/seg_/)
  await page.locator('[data-test=preview-count]').waitFor()
  await page.getByRole('button', { name: '删除', exact: true }).first().click()
  await page.locator('.t-popconfirm__confirm').click()
  await page.waitForURL((url) => url.pathname === '/segments')
  expectClean()
})

test('a bar of the portrait opens its people', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/segments/cart_7d`)
  await page.getByRole('link', { name: '画像' }).click()
  await page.locator('[data-figure=differencesTable] tbody button').first().click()
  await page.locator('[data-test=people-drawer] li').first().waitFor()
  expectClean()
})

test('who was in is read back from the changes', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/segments/cart_7d/changes`)
  await page.locator('[data-test=changes] tbody tr').first().waitFor()
  assert.match(await page.locator('[data-test=changes-sum]').innerText(), /人次进入/)
  const rows = page.locator('[data-test=changes] tbody tr')
  assert.match(await rows.first().innerText(), /行为|时间到了|条件修改/)
  await page.getByText('离开', { exact: true }).first().click()
  expectClean()
})
