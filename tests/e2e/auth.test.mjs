// Signing in and out: wrong password, right password, the way back to the page asked for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BASE, launch, openPage, PASSWORD, PROBE, shoot, signIn, USER } from './browser.mjs'

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

const WRONG = [...PROBE, /401 .*\/api\/login/, /401.*\/api\/login/]

test('a wrong password is refused with words, and nothing is opened', async () => {
  const { page, context, expectClean } = await openPage(browser, {
    allow: WRONG,
  })
  await page.goto(`${BASE}/login`)
  await page.fill('input[name=username]', USER)
  await page.fill('input[name=password]', `${PASSWORD}x`)
  await page.click('button[type=submit]')
  const problem = page.locator('[data-test=problem]')
  await problem.waitFor()
  assert.match(await problem.innerText(), /不正确/)
  assert.equal(new URL(page.url()).pathname, '/login')
  assert.equal(await page.inputValue('input[name=password]'), '')
  await shoot(page, 'login-wrong-zh')
  expectClean()
  await context.close()
})

test('an empty form says what is missing without asking the server', async () => {
  const { page, context, expectClean } = await openPage(browser, {
    allow: PROBE,
  })
  await page.goto(`${BASE}/login`)
  await page.locator('input[name=username]').waitFor()
  await shoot(page, 'login-zh')
  await page.click('button[type=submit]')
  await page.locator('[data-test=problem]').waitFor()
  expectClean()
  await context.close()
})

test('after signing in, the page that was asked for opens', async () => {
  const { page, context, expectClean } = await openPage(browser, {
    allow: PROBE,
  })
  await page.goto(`${BASE}/analysis/trends`)
  await page.waitForURL((url) => url.pathname === '/login')
  assert.equal(new URL(page.url()).searchParams.get('next'), '/analysis/trends')
  await page.fill('input[name=username]', USER)
  await page.fill('input[name=password]', PASSWORD)
  await page.click('button[type=submit]')
  await page.waitForURL((url) => url.pathname === '/analysis/trends')
  expectClean()
  await context.close()
})

test('signing out closes every page', async () => {
  const { page, context } = await openPage(browser, { allow: PROBE })
  await signIn(page)
  await page.locator('[data-test=logout]').click()
  await page.waitForURL((url) => url.pathname === '/login')
  await page.goto(`${BASE}/people`)
  await page.waitForURL((url) => url.pathname === '/login')
  await context.close()
})

test('a session that ends while working leads to login and back', async () => {
  const { page, context } = await openPage(browser, { allow: [/401/] })
  await signIn(page)
  await page.goto(`${BASE}/journeys`)
  await page.locator('.t-table tbody tr').first().waitFor()
  await context.clearCookies()
  await page.locator('nav a[href="/messages"]').click()
  await page.waitForURL((url) => url.pathname === '/login')
  assert.equal(new URL(page.url()).searchParams.get('next'), '/messages')
  await context.close()
})

test('the language switches at once, is remembered, and the login page has it too', async () => {
  const { page, context, expectClean } = await openPage(browser, {
    allow: PROBE,
  })
  await signIn(page)
  await page.locator('h1', { hasText: '概览' }).waitFor()
  await page.locator('[data-test=language]').click()
  await page.locator('h1', { hasText: 'Overview' }).waitFor()
  assert.match(await page.title(), /Overview/)
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en-US')
  await page.reload()
  await page.locator('h1', { hasText: 'Overview' }).waitFor()
  await page.locator('[data-test=logout]').click()
  await page.locator('h1', { hasText: 'Sign in' }).waitFor()
  await shoot(page, 'login-en')
  expectClean()
  await context.close()
})
