// Starts Chromium for the console's end-to-end scripts. playwright-core lives in web/node_modules,
// so it is resolved from there; the browser is Debian's.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(new URL('../../web/package.json', import.meta.url))
const { chromium } = require('playwright-core')

export const BASE = (process.env.WEIR_URL ?? '').replace(/\/$/, '')
export const USER = process.env.WEIR_USER ?? ''
export const PASSWORD = process.env.WEIR_PASSWORD ?? ''
if (!BASE || !USER || !PASSWORD) {
  throw new Error('set WEIR_URL, WEIR_USER and WEIR_PASSWORD; see web/README.md')
}

const SCREENS = fileURLToPath(new URL('../../build/screens/', import.meta.url))
mkdirSync(SCREENS, { recursive: true })

export const WIDE = { width: 1440, height: 900 }
export const LAPTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launch() {
  return chromium.launch({
    executablePath: process.env.WEIR_CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  })
}

/**
 * A page that remembers what went wrong in it. `expectClean()` throws when the console logged an
 * error, a script threw, or a request failed that nobody announced with `allow`.
 */
export async function openPage(browser, { viewport = WIDE, locale = 'zh-CN', allow = [] } = {}) {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' })
  await context.addInitScript((language) => {
    if (!localStorage.getItem('weir.locale')) localStorage.setItem('weir.locale', language)
  }, locale)
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const problems = []
  const excused = (text) => allow.some((pattern) => pattern.test(text))
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    const text = `${message.text()} ${message.location().url}`
    if (!excused(text)) problems.push(`console ${message.type()}: ${text}`)
  })
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`))
  page.on('response', (response) => {
    const text = `${response.status()} ${new URL(response.url()).pathname}`
    if (response.status() >= 400 && !excused(text)) problems.push(`response: ${text}`)
  })
  const expectClean = () => {
    if (problems.length > 0) throw new Error(problems.join('\n'))
  }
  return { page, context, expectClean }
}

/** The session probe before login answers 401 by design, and Chromium logs that. */
export const PROBE = [/401 .*\/api\/session/, /401.*\/api\/session/]

/** Signs in through the form. */
export async function signIn(page) {
  await page.goto(`${BASE}/login`)
  await page.fill('input[name=username]', USER)
  await page.fill('input[name=password]', PASSWORD)
  await page.click('button[type=submit]')
  await page.waitForURL((url) => url.pathname !== '/login')
}

let cookies = null

/** Opens the overview signed in. Hashing a password is slow on purpose, so a session is shared. */
export async function login(page) {
  if (cookies) await page.context().addCookies(cookies)
  else await signIn(page)
  await page.goto(BASE)
  await page.locator('[data-test=logout]').waitFor({ state: 'attached' })
  cookies = await page.context().cookies()
}

export async function shoot(page, name, { full = true } = {}) {
  await page.screenshot({ path: `${SCREENS}${name}.png`, fullPage: full })
}

/** True when nothing sticks out to the right of the screen. */
export function fits(page) {
  return page.evaluate(
    () => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1,
  )
}
