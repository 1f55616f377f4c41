import { expect, it } from 'vitest'
import type { Identity, IdentityLink } from '@/shared/api-types'
import { layoutLinks } from './link-graph'

const identity = (kind: string, value: string, first_seen: number): Identity => ({
  id: first_seen,
  kind,
  scope: 's',
  value,
  first_seen,
  last_seen: first_seen,
  source: 'web',
  demoted: false,
})
const link = (a: Identity, b: Identity): IdentityLink => ({
  a,
  b,
  rule: 'login',
  refused: '',
  time: 1,
  position: 1,
  message_id: 'm',
  source: 'web',
  version: 1,
})

const anonymous = identity('anonymous_id', 'x', 1)
const openid = identity('openid', 'o', 2)
const phone = identity('phone', 'p', 3)

it('starts from the first identity seen and moves right with every link', () => {
  const graph = layoutLinks(
    [phone, openid, anonymous],
    [link(anonymous, openid), link(openid, phone)],
  )
  const x = Object.fromEntries(graph.nodes.map((n) => [n.identity.kind, n.x]))
  expect(x.anonymous_id).toBeLessThan(x.openid!)
  expect(x.openid).toBeLessThan(x.phone!)
  expect(graph.edges.map((edge) => edge.n)).toEqual([1, 2])
})

it('draws an identity that only a link mentions', () => {
  const graph = layoutLinks([anonymous], [link(anonymous, phone)])
  expect(graph.nodes).toHaveLength(2)
})

it('survives links that form a circle and identities without links', () => {
  const lonely = identity('device', 'd', 9)
  const graph = layoutLinks(
    [anonymous, openid, phone, lonely],
    [link(anonymous, openid), link(openid, phone), link(phone, anonymous)],
  )
  expect(graph.nodes).toHaveLength(4)
  expect(new Set(graph.nodes.map((n) => `${n.x},${n.y}`)).size).toBe(4)
})
