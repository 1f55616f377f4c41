// The tag editor: layers with conditions, values of orders, what is missing, both languages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BASE, fits, launch, login, openPage, PHONE, PROBE, shoot } from './browser.mjs'

let browser
let session
const code = `e2e_tag_${Date.now() % 100_000}`
before(async () => {
  browser = await launch()
  session = await openPage(browser, { allow: PROBE })
  await login(session.page)
})
after(() => browser?.close())

const number = (text) => Number(text.replace(/[^\d]/g, ''))
const choose = async (page, box, text) => {
  await box.click()
  await page.locator('.t-select-option:visible', { hasText: text }).first().click()
}

test('a layered tag is built with counts while typing, saved, and has values', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/tags`)
  await page.locator('[data-test=create-tag]').click()
  await page.locator('[data-test=layer-0]').waitFor()
  await page.locator('[data-test=save-tag]').click()
  await page.locator('.t-message', { hasText: '请填写标签名称' }).waitFor()

  await page.fill('input[name=tag-name]', `端到端 ${code}`)
  await page.locator('.form input').nth(1).fill(code)
  const layer = page.locator('[data-test=layer-0]')
  await choose(page, layer.locator('[data-test=event]'), '支付')
  await choose(page, layer.locator('[data-test=agg]'), '合计')
  await choose(page, layer.locator('[data-test=agg-prop]'), '金额')
  await layer.locator('.w-sum input').fill('100')
  await layer.locator('header input').first().fill('买过')
  await page.waitForFunction(() =>
    /[1-9]/.test(document.querySelector('[data-test=layer-0] header .faint')?.textContent ?? ''),
  )
  const expected = number(await layer.locator('header .faint').innerText())
  await shoot(page, 'tag-new-zh')
  await page.locator('[data-test=save-tag]').click()
  await page.waitForURL((url) => url.pathname === `/tags/${code}`)

  // Live traffic goes on: at least those counted before.
  const held = async () => {
    const { tags } = await (await page.request.get(`${BASE}/api/tags`)).json()
    return tags.find((tag) => tag.code === code).values.find((v) => v.value === '买过')?.count ?? 0
  }
  const until = Date.now() + 20_000
  while ((await held()) < expected && Date.now() < until)
    await new Promise((done) => setTimeout(done, 300))
  assert.ok((await held()) >= expected && expected > 0)

  await page.reload()
  await page.locator('.side .line').first().waitFor()
  await shoot(page, 'tag-saved-zh')
  page.on('dialog', (dialog) => dialog.accept())
  await page.locator('.t-button--theme-danger').first().click()
  await page.locator('.t-popconfirm .t-button--theme-primary, .t-popconfirm__confirm').first().click()
  await page.waitForURL((url) => url.pathname === '/tags')
  expectClean()
})

test('templates are in the library and open in the editor', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/tags`)
  await page.locator('[data-test=from-template]').click()
  await page.locator('[data-test=templates] li').first().waitFor()
  assert.ok((await page.locator('[data-test=templates] li').count()) >= 8)
  await shoot(page, 'tag-templates-zh', { full: false })
  for (const one of ['rfm_cell', 'stage', 'purchase_power', 'value_tier', 'favourite_sku']) {
    await page.goto(`${BASE}/tags/${one}`)
    await page.locator('.form input').first().waitFor()
    await shoot(page, `tag-${one}-zh`)
  }
  // What the editor does not show is shown as it is written.
  await page.goto(`${BASE}/tags/activity_level`)
  await page.locator('pre').first().waitFor()
  expectClean()
})

test('the editor is in English too, and fits a phone', async () => {
  const { page, expectClean } = await openPage(browser, { locale: 'en-US', allow: PROBE })
  await login(page)
  await page.goto(`${BASE}/tags/stage`)
  await page.locator('.form input').first().waitFor()
  await shoot(page, 'tag-stage-en')
  await page.goto(`${BASE}/tags/value_tier`)
  await page.locator('[data-test=layer-0]').waitFor()
  await shoot(page, 'tag-value_tier-en')
  await page.setViewportSize(PHONE)
  assert.ok(await fits(page))
  await shoot(page, 'tag-value_tier-phone')
  expectClean()
})
