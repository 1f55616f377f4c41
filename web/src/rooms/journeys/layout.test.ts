import { describe, expect, it } from 'vitest'
import { DEFINITIONS } from '../../../dev/mock/definitions'
import { edgesOf, ENTRY, exitsOf, outcomesOf } from './graph'
import { BOX, pathOf, place } from './layout'

const [cart, follow] = DEFINITIONS as [(typeof DEFINITIONS)[0], (typeof DEFINITIONS)[0]]
const idsOf = (d: typeof cart) => [ENTRY, ...Object.keys(d.nodes)]

describe('arrows', () => {
  it('starts at the trigger', () => {
    expect(edgesOf(cart)[0]).toMatchObject({ source: ENTRY, target: 'w30m' })
  })
  it('joins outcomes that lead to the same node', () => {
    const edge = edgesOf(cart).find((e) => e.source === 'remind1')
    expect(edge).toMatchObject({ target: 'w3d', outcomes: ['sent', 'failed', 'suppressed'] })
  })
  it('draws the cases and the else of a branch', () => {
    expect(exitsOf(cart.nodes.check!)).toEqual([
      ['case_1', 'x_goal'],
      ['case_2', 'x_goal'],
      ['else', 'remind2'],
    ])
  })
  it('leaves out arrows to nodes that do not exist', () => {
    const broken = { ...cart, nodes: { a: { type: 'wait', on: { done: 'gone' } } }, start: 'a' }
    expect(edgesOf(broken)).toHaveLength(1)
  })
})

describe.each([cart, follow])('layout of $id', (definition) => {
  const edges = edgesOf(definition)
  const { nodes, routes, width, height } = place(idsOf(definition), edges)
  const at = new Map(nodes.map((n) => [n.id, n]))

  it('lets every arrow point down', () => {
    for (const e of edges) expect(at.get(e.target)!.y).toBeGreaterThan(at.get(e.source)!.y)
  })
  it('never lets two boxes overlap', () => {
    for (const a of nodes) {
      for (const b of nodes) {
        if (a.id < b.id && a.y === b.y) {
          expect(Math.abs(a.x - b.x)).toBeGreaterThanOrEqual(BOX.width)
        }
      }
    }
  })
  it('lets no arrow run through a box', () => {
    for (const { id } of edges) {
      const { xs, ys } = routes.get(id)!
      // Between two bends an arrow runs straight down at xs[i], from ys[i - 1] to ys[i].
      for (let i = 1; i < xs.length - 1; i++) {
        const hit = nodes.find(
          (n) => n.y > ys[i - 1]! && n.y < ys[i]! && xs[i]! > n.x && xs[i]! < n.x + BOX.width,
        )
        expect(hit, `${id} runs through ${hit?.id}`).toBeUndefined()
      }
    }
  })
  it('keeps everything inside its size', () => {
    for (const n of nodes) {
      expect(n.x).toBeGreaterThanOrEqual(0)
      expect(n.x + BOX.width).toBeLessThanOrEqual(width + 1)
      expect(n.y + BOX.height).toBeLessThanOrEqual(height + 1)
    }
  })
})

it('places a loop without going round for ever', () => {
  const edges = [
    { id: '1', source: 'a', target: 'b', outcomes: [] },
    { id: '2', source: 'b', target: 'c', outcomes: [] },
    { id: '3', source: 'c', target: 'b', outcomes: [] },
  ]
  const placed = place(['a', 'b', 'c'], edges)
  expect(placed.nodes.map((n) => n.y / (BOX.height + BOX.gap_y))).toEqual([0, 1, 2])
})

it('draws a straight arrow as one line and a bent one with two corners', () => {
  expect(pathOf({ xs: [10, 10], ys: [50] }, 0, 100)).toBe('M10 0V50V100')
  expect(pathOf({ xs: [0, 100], ys: [50] }, 0, 100)).toBe('M0 0V42Q0 50 8 50H92Q100 50 100 58V100')
})

describe('where people went', () => {
  it('counts a branch by the node it chose and joins cases with one target', () => {
    expect(outcomesOf(cart.nodes.check!, { remind2: 112, x_goal: 3 })).toEqual([
      { outcomes: ['case_1', 'case_2'], target: 'x_goal', count: 3 },
      { outcomes: ['else'], target: 'remind2', count: 112 },
    ])
  })
  it('keeps outcomes apart for other nodes and shows those no longer wired', () => {
    expect(outcomesOf(cart.nodes.w30m!, { done: 5, timeout: 1 })).toEqual([
      { outcomes: ['done'], target: 'coupon', count: 5 },
      { outcomes: ['timeout'], target: null, count: 1 },
    ])
  })
})
