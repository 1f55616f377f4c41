import { beforeAll, expect, it } from 'vitest'
import { loadRoomWords, setLocale, useWords } from '@/shared/i18n'
import { explainDetail, groupTrace } from './trace'

beforeAll(async () => {
  await setLocale('zh-CN')
  await loadRoomWords('journeys')
})

const say = (what: string, detail: string) =>
  explainDetail({ what, detail }, useWords(), (node) => `<${node}>`)

it('says channels, reasons and local times instead of codes', () => {
  expect(say('attempt', 'mp_template tm_cart')).toBe('服务号模板消息 tm_cart')
  expect(say('failed', 'not_subscribed')).toBe('未关注服务号')
  expect(say('failed', 'not_subscribed: errcode 43004')).toBe('未关注服务号 errcode 43004')
  expect(say('suppressed', 'capped')).toBe('超出频次上限')
  expect(say('waiting', 'until 2026-03-02T13:30:00.000Z')).toBe('到 2026-03-02 21:30:00')
  expect(say('waiting', 'wecom_friend_added until 2026-03-02T13:30:00.000Z')).toBe(
    '添加企微好友 · 到 2026-03-02 21:30:00',
  )
  expect(say('waiting', 'for the receipt')).toBe('等待平台回执')
  expect(say('exit', 'goal')).toBe('达成目标')
  expect(say('chose', 'remind2')).toBe('<remind2>')
})

it('leaves what it does not know as it is', () => {
  expect(say('failed', 'new_reason')).toBe('new_reason')
  expect(say('something', 'a b c')).toBe('a b c')
})

it('puts the lines of one node under one heading', () => {
  const line = (node: string, what: string) => ({ time: 1, node, type: 'send', what, detail: '' })
  const groups = groupTrace([
    line('', 'entered'),
    line('remind1', 'attempt'),
    line('remind1', 'failed'),
    line('w3d', 'waiting'),
  ])
  expect(groups.map((g) => [g.node, g.type, g.steps.length])).toEqual([
    ['', 'entry', 1],
    ['remind1', 'send', 2],
    ['w3d', 'send', 1],
  ])
})
