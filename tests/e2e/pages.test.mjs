// Every page, in both languages and at three widths: it shows data, logs no error, and fits.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  BASE,
  fits,
  LAPTOP,
  launch,
  login,
  openPage,
  PHONE,
  PROBE,
  shoot,
  WIDE,
} from './browser.mjs'

// Path, and something that is on screen only once the page has its data.
const PAGES = [
  ['overview', '/', '[data-test=as-of]'],
  ['people', '/people', '.t-table tbody tr a.person'],
  ['identity-rules', '/people/rules', '[data-test=kinds] tbody tr'],
  ['traits', '/people/traits', '.t-table tbody tr'],
  ['segments', '/segments', '.t-table tbody tr'],
  ['segment-portrait', '/segments/cart_7d/portrait', '[data-figure=event]'],
  ['segment-changes', '/segments/cart_7d/changes', '[data-test=changes] tbody tr'],
  ['tags', '/tags', '.cards .panel'],
  ['journeys', '/journeys', '.t-table tbody tr'],
  ['messages', '/messages', '.t-table tbody tr a.person'],
  ['connectors', '/sources', '.cards .panel'],
  ['quarantine', '/sources/quarantine', '[data-test=quarantine] li'],
  ['imports', '/sources/imports', '.t-table tbody tr'],
  ['funnel', '/analysis/funnel', '[data-test=result] tbody tr'],
  ['trends', '/analysis/trends', '[data-test=result] tbody tr'],
  ['retention', '/analysis/retention', '[data-test=result] tbody tr'],
  ['portrait', '/analysis/portrait', '[data-figure=event]'],
  ['boards', '/boards', '.t-table tbody tr'],
  ['board', '/boards/daily', '[data-test=number-card]'],
  ['settings', '/settings', '.panel dl'],
]

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

/** Opens the first row that links to a page of its own, as an operator would. */
async function openFirst(page, list, link, ready) {
  await page.goto(BASE + list)
  await page.locator(link).first().click()
  await page.locator(ready).first().waitFor()
}

const SIZES = [
  ['zh', 'zh-CN', WIDE],
  ['en', 'en-US', WIDE],
  ['zh-1280', 'zh-CN', LAPTOP],
  ['zh-390', 'zh-CN', PHONE],
]

for (const [label, locale, viewport] of SIZES) {
  describe(`pages ${label}`, () => {
    let session
    before(async () => {
      session = await openPage(browser, { viewport, locale, allow: PROBE })
      await login(session.page)
    })
    after(() => session.context.close())

    for (const [name, path, ready] of PAGES) {
      test(`${name} shows data`, async () => {
        const { page, expectClean } = session
        await page.goto(BASE + path)
        await page.locator(ready).first().waitFor()
        await page.waitForTimeout(700)
        await shoot(page, `${name}-${label}`)
        assert.ok(await fits(page), `${name} is wider than ${viewport.width} px`)
        expectClean()
      })
    }

    test('profile shows data', async () => {
      const { page, expectClean } = session
      await openFirst(page, '/people', '.t-table tbody a.person', '[data-test=timeline] li')
      await page.locator('[data-test=timeline] button[aria-expanded]').first().click()
      await page.waitForTimeout(400)
      await shoot(page, `profile-${label}`)
      const why = page.locator('[data-test=why-link]')
      if (await why.count()) {
        await why.click()
        await page.locator('[data-test=why] table tbody tr').first().waitFor()
        await page.waitForTimeout(300)
        await shoot(page, `profile-why-${label}`)
      }
      assert.ok(await fits(page))
      expectClean()
    })

    test('segment shows data', async () => {
      const { page, expectClean } = session
      await openFirst(page, '/segments', '.t-table tbody a', '[data-test=preview-count]')
      await page.waitForTimeout(600)
      await shoot(page, `segment-${label}`)
      assert.ok(await fits(page))
      expectClean()
    })

    test('journey shows data', async () => {
      const { page, expectClean } = session
      await page.goto(`${BASE}/journeys/cart_abandon`)
      await page.locator('[data-node=w30m]').waitFor()
      await page.locator('[data-test=enrollments] tbody tr').first().waitFor()
      await page.waitForTimeout(800)
      await shoot(page, `journey-${label}`)
      assert.ok(await fits(page))
      expectClean()
    })
  })
}
