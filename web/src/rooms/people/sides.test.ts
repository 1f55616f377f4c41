import { describe, expect, it } from 'vitest'
import type { Identity, IdentityLink } from '@/shared/api-types'
import { sideWithout } from './sides'

const identity = (id: number, value: string): Identity => ({
  id,
  kind: 'anonymous_id',
  scope: '',
  value,
  first_seen: id,
  last_seen: id,
  source: 'web',
  demoted: false,
})
const link = (a: string, b: string, refused = ''): IdentityLink => ({
  a: { kind: 'anonymous_id', scope: '', value: a },
  b: { kind: 'anonymous_id', scope: '', value: b },
  rule: 'same_record',
  refused,
  time: 1,
  position: 1,
  message_id: 'm',
  source: 'web',
  version: 1,
})
const people = [identity(0, 'a'), identity(1, 'b'), identity(2, 'c'), identity(3, 'd')]

describe('the side that a doubted link holds', () => {
  it('is everyone beyond the link', () => {
    const links = [link('a', 'b'), link('b', 'c'), link('c', 'd')]
    expect(sideWithout(people, links, 1)).toEqual([2, 3])
    expect(sideWithout(people, links, 0)).toEqual([1, 2, 3])
  })
  it('is nobody when other evidence joins the two as well', () => {
    const links = [link('a', 'b'), link('b', 'c'), link('c', 'a'), link('c', 'd')]
    expect(sideWithout(people, links, 0)).toEqual([])
  })
  it('takes no notice of refused links, nor of the same pair by another rule', () => {
    const links = [
      link('a', 'b'),
      link('b', 'a'),
      link('b', 'a', 'cut'),
      link('a', 'c'),
      link('a', 'd'),
    ]
    expect(sideWithout(people, links, 0)).toEqual([1])
  })
})
