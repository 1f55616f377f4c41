import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { open, serve, type Served } from '../../../../dev/testing/console'
import OverviewPage from './OverviewPage.vue'

let served: Served
beforeEach(() => {
  served = serve()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const asked = () => served.requests.filter((r) => r.path === '/api/overview').length

it('shows counters with separators, journeys and the event stream', async () => {
  const page = await open(OverviewPage, 'overview', '/')
  expect(page.text()).toContain('4,372')
  expect(page.text()).toContain('¥42,186.50')
  expect(page.text()).toContain('小程序加购未支付挽回')
  expect(page.findAll('[data-test=stream] li')).toHaveLength(20)
})

it('asks again every two seconds, and not while the tab is hidden', async () => {
  const page = await open(OverviewPage, 'overview', '/')
  page.unmount()

  vi.useFakeTimers()
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(false)
  const opening = open(OverviewPage, 'overview', '/')
  await vi.advanceTimersByTimeAsync(0)
  await opening
  const before = asked()
  await vi.advanceTimersByTimeAsync(4100)
  expect(asked()).toBe(before + 2)
  hidden.mockReturnValue(true)
  await vi.advanceTimersByTimeAsync(10_000)
  const paused = asked()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked()).toBe(paused)
  hidden.mockReturnValue(false)
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(0)
  expect(asked()).toBe(paused + 1)
})

it('says what went wrong and tries again when asked', async () => {
  const error = { code: 'unavailable', message: 'starting up', field: null }
  served.answer('/api/overview', 503, { error })
  const page = await open(OverviewPage, 'overview', '/')
  expect(page.find('[role=alert]').text()).toContain('starting up')
  const before = asked()
  await page.find('[role=alert] button').trigger('click')
  await flushPromises()
  expect(asked()).toBe(before + 1)
})
