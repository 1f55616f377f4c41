import type { Identity, IdentityLink, IdentityRef } from '@/shared/api-types'

export interface GraphNode {
  key: string
  identity: IdentityRef
  x: number
  y: number
}

export interface GraphEdge {
  /** 1-based number of the link, as in the table. */
  n: number
  from: GraphNode
  to: GraphNode
}

export interface LinkGraph {
  nodes: GraphNode[]
  edges: GraphEdge[]
  width: number
  height: number
}

export const keyOf = (i: IdentityRef) => `${i.kind}|${i.scope}|${i.value}`

const COLUMN = 206
const ROW = 84

/**
 * Places identities in columns by how many links they are away from the first one seen, so that the
 * picture reads left to right the way the person became known. Identities without a link come last.
 */
export function layoutLinks(identities: Identity[], links: IdentityLink[]): LinkGraph {
  const refs = new Map<string, IdentityRef>()
  const sorted = [...identities].sort((a, b) => a.first_seen - b.first_seen)
  for (const identity of sorted) refs.set(keyOf(identity), identity)
  for (const link of links) {
    for (const end of [link.a, link.b]) if (!refs.has(keyOf(end))) refs.set(keyOf(end), end)
  }

  const near = new Map<string, string[]>([...refs.keys()].map((key) => [key, []]))
  for (const link of links) {
    near.get(keyOf(link.a))!.push(keyOf(link.b))
    near.get(keyOf(link.b))!.push(keyOf(link.a))
  }

  const level = new Map<string, number>()
  for (const start of refs.keys()) {
    if (level.has(start)) continue
    level.set(start, 0)
    const queue = [start]
    for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
      for (const other of near.get(key)!) {
        if (level.has(other)) continue
        level.set(other, level.get(key)! + 1)
        queue.push(other)
      }
    }
  }

  const columns: string[][] = []
  for (const [key, l] of level) (columns[l] ??= []).push(key)
  const tallest = Math.max(1, ...columns.map((column) => column.length))
  const height = tallest * ROW
  const nodes = new Map<string, GraphNode>()
  columns.forEach((column, c) => {
    const gap = height / column.length
    column.forEach((key, r) => {
      const identity = refs.get(key)!
      nodes.set(key, { key, identity, x: c * COLUMN + COLUMN / 2, y: gap * (r + 0.5) })
    })
  })
  const edges = links.map((link, i) => ({
    n: i + 1,
    from: nodes.get(keyOf(link.a))!,
    to: nodes.get(keyOf(link.b))!,
  }))
  return { nodes: [...nodes.values()], edges, width: Math.max(1, columns.length) * COLUMN, height }
}
