import { expect, it } from 'vitest'
import { whyLines } from './why'

it('reads an answer beside its definition, line by line', () => {
  const paid = { done: { event: 'order_paid' } }
  const chat = { not_done: { event: 'chat' } }
  const vip = { tag: { code: 'vip', op: 'is_set' } }
  const lines = whyLines(
    { and: [paid, chat, { not: { or: [vip] } }] },
    {
      kind: 'and',
      value: false,
      children: [
        { kind: 'done', value: true, qualifying: 2, events: [{ time: 1, event: 'order_paid' }] },
        { kind: 'not', value: false, children: [{ kind: 'done', value: true, qualifying: 1 }] },
        {
          kind: 'not',
          value: true,
          children: [{ kind: 'or', value: false, children: [{ kind: 'tag', value: false }] }],
        },
      ],
    },
  )
  expect(lines.map((l) => [l.depth, l.group, l.holds])).toEqual([
    [0, 'and', false],
    [1, null, true],
    [1, null, false],
    [1, 'not', true],
    [2, 'or', false],
    [3, null, false],
  ])
  expect(lines.map((l) => l.def).slice(1, 3)).toEqual([paid, chat])
  expect(lines[2]!.found?.qualifying).toBe(1)
  expect(lines[5]!.def).toEqual(vip)
})
