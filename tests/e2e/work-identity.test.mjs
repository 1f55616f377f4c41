// What operators do about identity: preview rules, save them, go back; find who is frozen, and why.
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

const ask = (page, path) => page.evaluate(async (p) => (await fetch(p)).json(), path)

test('rules are changed after a preview, kept as a version, and taken back', async () => {
  const { page, expectClean } = session
  const { version } = await ask(page, '/api/identity/rules')
  await page.goto(`${BASE}/people/rules`)
  const line = page.locator('[data-test=cluster_soft] input')
  await line.fill('49')
  await line.blur()
  await page.locator('[data-test=preview-rules]').click()
  const drawer = page.locator('[data-test=rule-preview]')
  await drawer.locator('.tiles').waitFor()
  assert.match(await drawer.innerText(), /冻结线\(身份数\): 50 → 49/)
  assert.equal((await ask(page, '/api/identity/rules')).version, version, 'nothing changed yet')
  await page.waitForTimeout(400)
  await shoot(page, 'rules-preview-zh', { full: false })
  await drawer.locator('[data-test=save-rules]').click()
  await page.locator('.t-message', { hasText: '已保存' }).waitFor()
  const versions = page.locator('[data-test=rule-versions] li')
  await versions.filter({ hasText: `v${version + 1}` }).waitFor()

  await versions
    .filter({ hasText: `v${version} ` })
    .getByRole('button')
    .click()
  await drawer.locator('.tiles').waitFor()
  assert.match(await drawer.innerText(), /冻结线\(身份数\): 49 → 50/)
  await drawer.locator('input[name=rule-reason]').fill('端到端')
  await drawer.locator('[data-test=apply-rules]').click()
  await page.locator('[data-test=resolution-job]', { hasText: '已完成' }).waitFor()
  assert.equal((await ask(page, '/api/identity/rules')).rules.cluster.soft, 50)
  await page.waitForFunction(
    () => document.querySelector('[data-test=cluster_soft] input')?.value === '50',
  )
  await shoot(page, 'rules-after-zh')
  expectClean()
})

test('who has too many identities is marked as frozen and found by that', async () => {
  const { page, expectClean } = session
  const run = Date.now().toString(36)
  const batch = Array.from({ length: 55 }, (_, n) => ({
    type: 'identify',
    messageId: `frozen-${run}-${n}`,
    userId: `frozen-${run}`,
    anonymousId: `frozen-${run}-${n}`,
  }))
  const sent = await fetch(`${BASE}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('demo-shop-backend:')}` },
    body: JSON.stringify({ batch }),
  })
  assert.equal(sent.status, 200)
  await page.goto(`${BASE}/people/rules`)
  const count = page.locator('[data-test=frozen-count]')
  for (let i = 0; i < 50 && (await count.count()) === 0; i++) {
    await page.waitForTimeout(100)
    await page.reload()
    await page.locator('[data-test=kinds]').waitFor()
  }
  await count.getByRole('link').click()
  await page.locator('[data-test=only-frozen]').waitFor()
  await page.locator('.t-table tbody a.person').first().click()
  await page.locator('[data-test=frozen]', { hasText: '自动触达已暂停' }).waitFor()
  await shoot(page, 'profile-frozen-zh', { full: false })
  expectClean()
})

test('a preview of stricter rules shows who would part, with values masked', async () => {
  const { page, expectClean } = session
  await page.goto(`${BASE}/people/rules`)
  const max = page.locator('[data-test=max-anonymous_id] input')
  await max.fill('1')
  await max.blur()
  await page.locator('[data-test=preview-rules]').click()
  const drawer = page.locator('[data-test=rule-preview]')
  await drawer.locator('.sample').first().waitFor()
  assert.match(await drawer.locator('.sample').first().innerText(), /会拆成 \d+ 人/)
  assert.doesNotMatch(await drawer.innerText(), /1[3-9]\d{9}/)
  await page.waitForTimeout(400)
  await shoot(page, 'rules-samples-zh', { full: false })
  expectClean()
})

test('traits are registered, given a class and a history, and their past is shown', async () => {
  const { page, expectClean } = session
  const code = `tier_${Date.now().toString(36)}`
  await page.goto(`${BASE}/people/traits`)
  await page.locator('.t-table tbody tr').first().waitFor()
  await page.locator('[data-test=new-trait]').click()
  const form = page.locator('[data-test=trait-form]')
  await form.locator('input[name=trait-name]').fill(code)
  await form.locator('input[name=trait-zh]').fill('会员档位')
  await form.locator('.t-switch').click()
  await shoot(page, 'trait-form-zh', { full: false })
  await page.locator('.t-dialog__confirm:visible').click()
  await page.locator('.t-table tbody tr', { hasText: '会员档位' }).waitFor()

  const { profiles } = await ask(page, '/api/profiles?limit=1')
  const id = profiles[0].profile_id
  await page.goto(`${BASE}/people/${id}`)
  for (const tier of ['银', '金']) {
    await page.locator('[data-test=write-trait]').click()
    const edit = page.locator('[data-test=trait-edit]')
    await edit.locator('.t-select__wrap').click()
    await page.locator('.t-select-option:visible', { hasText: '会员档位' }).first().click()
    await edit.locator('input[name=trait-value]').fill(tier)
    await shoot(page, 'trait-edit-zh', { full: false })
    await page.locator('.t-dialog__confirm:visible').click()
    await page.locator('dd', { hasText: tier }).first().waitFor()
  }
  await page.locator('[data-test=trait-past]').first().click()
  await page.locator('[data-test=trait-periods] tbody tr').nth(1).waitFor()
  await page.waitForTimeout(400)
  await shoot(page, 'trait-past-zh', { full: false })

  await page.goto(`${BASE}/people/traits`)
  await page.locator('[data-test=policy]').getByText('先隔离待确认').click()
  await page.locator('[data-test=left-out]').waitFor()
  await shoot(page, 'trait-policy-zh', { full: false })
  await page.locator('.t-dialog__cancel:visible').click()
  expectClean()
})
