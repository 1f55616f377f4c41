import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { open, serve, type Served } from '../../../../dev/testing/console'
import PreviewPanel from './PreviewPanel.vue'

let served: Served
beforeEach(() => {
  served = serve()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const asked = () => served.requests.filter((r) => r.path === '/api/segments/preview').length
const def = (value: number) => ({ and: [{ done: { event: 'order_paid', op: 'gte', value } }] })

it('waits until editing pauses and then counts once', async () => {
  const panel = await open(PreviewPanel, 'segments', '/segments/new', 'operator', { def: null })
  expect(panel.text()).toContain('完善条件后自动计算')
  vi.useFakeTimers()
  await panel.setProps({ def: def(1) })
  await vi.advanceTimersByTimeAsync(200)
  await panel.setProps({ def: def(2) })
  await vi.advanceTimersByTimeAsync(200)
  expect(asked()).toBe(0)
  await vi.advanceTimersByTimeAsync(300)
  vi.useRealTimers()
  await flushPromises()
  expect(asked()).toBe(1)
  expect(panel.find('[data-test=preview-count]').text()).toMatch(/^[\d,]+ 人$/)
})

it('shows what the server finds wrong with a definition', async () => {
  const panel = await open(PreviewPanel, 'segments', '/segments/new', 'operator', { def: null })
  vi.useFakeTimers()
  await panel.setProps({ def: { and: [{ segment: 'seg_gone' }] } })
  await vi.advanceTimersByTimeAsync(500)
  vi.useRealTimers()
  await flushPromises()
  expect(panel.find('[role=alert]').text()).toContain('seg_gone')
})
