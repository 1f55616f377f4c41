import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { open, serve, type Served } from '../../../dev/testing/console'
import SegmentsPage from '../../rooms/segments/pages/SegmentsPage.vue'
import { loadRoomWords } from '../../shared/i18n'
import PeopleDrawer from './PeopleDrawer.vue'

let served: Served
beforeEach(async () => {
  served = serve()
  await loadRoomWords('questions')
})
afterEach(() => {
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

const query = {
  kind: 'trends',
  range: { last: 7, unit: 'day' },
  series: [{ name: 'A', event: 'order_paid', measure: 'uniques' }],
}
const props = { drill: { query, series: 'A' }, what: '近七天买过' }
const find = (selector: string) => document.querySelector<HTMLElement>(selector)

it('keeps the people behind a number as a segment that says where it came from', async () => {
  const drawer = await open(PeopleDrawer, 'people', '/analysis/trends', 'operator', props)
  await flushPromises()
  find('[data-test=save-segment]')!.click()
  await flushPromises()
  find('[data-test=save-segment-form]')!.dispatchEvent(new Event('submit'))
  await flushPromises()
  await vi.waitFor(() => expect(drawer.vm.$router.currentRoute.value.name).toBe('segment'))

  const list = await open(SegmentsPage, 'segments', '/segments')
  await flushPromises()
  const row = list.findAll('tr').find((r) => r.text().includes('近七天买过'))!
  expect(row.find('[data-test=static]').text()).toBe('静态')
  expect(row.text()).toContain('事件分析 · 支付订单')
})

it('says why people could not be kept', async () => {
  await open(PeopleDrawer, 'people', '/analysis/trends', 'operator', props)
  await flushPromises()
  find('[data-test=save-segment]')!.click()
  await flushPromises()
  const error = { code: 'conflict', message: 'this id is taken', field: 'save_as_segment.id' }
  served.answer('/api/query', 409, { error })
  find('[data-test=save-segment-form]')!.dispatchEvent(new Event('submit'))
  await flushPromises()
  await vi.waitFor(() => expect(find('[role=alert]')?.textContent).toContain('this id is taken'))
})
