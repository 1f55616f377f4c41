import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { open, serve, type Served } from '../../dev/testing/console'
import AnalysisPage from '../rooms/analysis/pages/AnalysisPage.vue'
import { loadRoomWords } from '../shared/i18n'

let served: Served
beforeEach(async () => {
  served = serve()
  // happy-dom has no canvas; what is drawn is looked at in tests/e2e.
  vi.mock('@/adapter/Chart.vue', () => ({ default: { template: '<div />' } }))
  await loadRoomWords('questions')
})
afterEach(() => {
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const at = (path: string) => open(AnalysisPage, 'analysis', path, 'operator', { page: 'trends' })
const asked = () => served.requests.filter((r) => r.path === '/api/query').length

async function settled() {
  for (let i = 0; i < 5; i++) await flushPromises()
  await vi.waitFor(() => expect(document.body.textContent).toContain('数据截至'))
}

it('opens with an answer, and puts what is asked into the link', async () => {
  const page = await at('/analysis/trends')
  await settled()
  expect(page.find('[data-test=headlines]').text()).toContain('支付订单')
  await page.find('[data-test=run]').trigger('click')
  await flushPromises()
  const route = page.vm.$router.currentRoute.value
  expect(JSON.parse(String(route.query.q)).kind).toBe('trends')
})

it('asks the question of a link', async () => {
  const query = {
    kind: 'trends',
    interval: 'week',
    range: { past: 30, unit: 'day' },
    series: [{ name: 'A', event: 'add_to_cart', measure: 'uniques' }],
  }
  const page = await at(`/analysis/trends?q=${encodeURIComponent(JSON.stringify(query))}`)
  await settled()
  expect(page.text()).toContain('加入购物车')
  expect(page.text()).not.toContain('条件已修改')
  expect(asked()).toBe(1)
})

it('says what went wrong and does not leave the answer of another question on screen', async () => {
  const page = await at('/analysis/trends')
  await settled()
  const error = { code: 'invalid_argument', message: 'the window is too long', field: null }
  served.answer('/api/query', 400, { error })
  await page.find('[data-test=run]').trigger('click')
  await flushPromises()
  expect(page.find('[role=alert]').text()).toContain('the window is too long')
  expect(page.find('[data-test=result]').exists()).toBe(false)
})
