// From a journey definition to boxes and arrows. Pure: no Vue, no drawing library.
import type { JourneyDefinition, JourneyNode } from '@/shared/api-types'

export const ENTRY = '$entry'

export interface GraphEdge {
  id: string
  source: string
  target: string
  /** Outcomes that lead along this arrow; several may share one. */
  outcomes: string[]
}

export interface PlacedNode {
  id: string
  x: number
  y: number
}

export interface Placement {
  nodes: PlacedNode[]
  width: number
  height: number
}

/** Outcome name → next node, whatever the node type calls its exits. */
export function exitsOf(node: JourneyNode): [outcome: string, target: string][] {
  const exits: [string, string][] = Object.entries(node.on ?? {})
  node.cases?.forEach((c, i) => exits.push([`case_${i + 1}`, c.to]))
  if (node.else !== undefined) exits.push(['else', node.else])
  return exits
}

/** All arrows, the one from the trigger first; outcomes with the same target are one arrow. */
export function edgesOf(definition: JourneyDefinition): GraphEdge[] {
  const edges: GraphEdge[] = [
    { id: `${ENTRY}>${definition.start}`, source: ENTRY, target: definition.start, outcomes: [] },
  ]
  for (const [source, node] of Object.entries(definition.nodes)) {
    const byTarget = new Map<string, string[]>()
    for (const [outcome, target] of exitsOf(node)) {
      if (!definition.nodes[target]) continue
      byTarget.set(target, [...(byTarget.get(target) ?? []), outcome])
    }
    for (const [target, outcomes] of byTarget) {
      edges.push({ id: `${source}>${target}`, source, target, outcomes })
    }
  }
  return edges
}

export const BOX = { width: 264, height: 104, gap_x: 40, gap_y: 50 }

/**
 * Layers by longest path from the trigger, then a few sweeps that move every box towards the middle
 * of its neighbours, so that arrows cross little. Cycles are allowed: an arrow back to a box that is
 * still being walked does not push it down.
 */
export function place(ids: string[], edges: GraphEdge[]): Placement {
  const layer = layersOf(ids, edges)
  const rows: string[][] = []
  for (const id of ids) (rows[layer.get(id)!] ??= []).push(id)

  const near = neighbours(ids, edges)
  const x = new Map<string, number>()
  const step = BOX.width + BOX.gap_x
  for (const row of rows) row.forEach((id, i) => x.set(id, (i - (row.length - 1) / 2) * step))
  for (let sweep = 0; sweep < 8; sweep++) {
    const down = sweep % 2 === 0
    const order = down ? rows : [...rows].reverse()
    for (const row of order) arrange(row, x, down ? near.before : near.after, step)
  }

  const min = Math.min(...x.values())
  const max = Math.max(...x.values())
  return {
    nodes: ids.map((id) => ({
      id,
      x: x.get(id)! - min,
      y: layer.get(id)! * (BOX.height + BOX.gap_y),
    })),
    width: max - min + BOX.width,
    height: rows.length * (BOX.height + BOX.gap_y) - BOX.gap_y,
  }
}

function neighbours(ids: string[], edges: GraphEdge[]) {
  const before = new Map<string, string[]>(ids.map((id) => [id, []]))
  const after = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const { source, target } of edges) {
    before.get(target)?.push(source)
    after.get(source)?.push(target)
  }
  return { before, after }
}

function layersOf(ids: string[], edges: GraphEdge[]): Map<string, number> {
  const { after } = neighbours(ids, edges)
  const back = new Set<string>()
  const seen = new Map<string, 'open' | 'closed'>()
  const order: string[] = []
  const walk = (id: string): void => {
    seen.set(id, 'open')
    for (const next of after.get(id) ?? []) {
      if (seen.get(next) === 'open') back.add(`${id}>${next}`)
      else if (!seen.has(next)) walk(next)
    }
    seen.set(id, 'closed')
    order.unshift(id)
  }
  for (const id of ids) if (!seen.has(id)) walk(id)

  const layer = new Map<string, number>(ids.map((id) => [id, 0]))
  for (const id of order) {
    for (const next of after.get(id) ?? []) {
      if (back.has(`${id}>${next}`)) continue
      layer.set(next, Math.max(layer.get(next)!, layer.get(id)! + 1))
    }
  }
  return layer
}

/** Moves a row towards its neighbours' middle and then apart again until nothing overlaps. */
function arrange(
  row: string[],
  x: Map<string, number>,
  near: Map<string, string[]>,
  step: number,
): void {
  const wish = new Map<string, number>()
  for (const id of row) {
    const xs = near.get(id)!.map((other) => x.get(other)!)
    wish.set(id, xs.length ? xs.reduce((a, b) => a + b, 0) / xs.length : x.get(id)!)
  }
  row.sort((a, b) => wish.get(a)! - wish.get(b)! || x.get(a)! - x.get(b)!)
  const placed = row.map((id) => wish.get(id)!)
  for (let i = 1; i < placed.length; i++) {
    placed[i] = Math.max(placed[i]!, placed[i - 1]! + step)
  }
  // Pushing to the right shifted the row: bring it back over the middle of its wishes.
  const drift =
    row.reduce((sum, id, i) => sum + placed[i]! - wish.get(id)!, 0) / Math.max(1, row.length)
  row.forEach((id, i) => x.set(id, placed[i]! - drift))
}
