import { beforeAll, expect, it } from 'vitest'
import { setLocale, useWords } from './i18n'

beforeAll(() => setLocale('zh-CN'))

it('names events of the wire protocols and of the server itself', () => {
  const { word } = useWords()
  expect(word('event', 'add_to_cart')).toBe('加入购物车')
  expect(word('event', '$segment_entered')).toBe('进入人群')
  expect(word('channel', '*')).toBe('全部渠道')
})

it('shows what it does not know as it is, also names that look like paths or patterns', () => {
  const { word } = useWords()
  for (const name of ['shop.checkout', '{x}', 'a | b', '@:event', '付款']) {
    expect(word('event', name)).toBe(name)
  }
  expect(word('event', null)).toBe('—')
})

it('names an exit by the event that caused it', () => {
  const { exitName } = useWords()
  expect(exitName('goal')).toBe('达成目标')
  expect(exitName('remove_from_cart')).toBe('移出购物车')
})

it('names a source by kind and instance', () => {
  const { sourceName } = useWords()
  expect(sourceName('wechat:main')).toBe('服务号')
  expect(sourceName('wechat:vip')).toBe('服务号 vip')
  expect(sourceName('import:orders')).toBe('数据导入 orders')
  expect(sourceName('erp')).toBe('erp')
})
