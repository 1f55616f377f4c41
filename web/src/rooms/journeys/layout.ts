// Where the boxes of a journey stand and which way its arrows run. Pure geometry.
import type { GraphEdge } from './graph'

export const BOX = { width: 264, height: 104, gap_x: 40, gap_y: 60 }
const LANE_WIDTH = 24

export interface PlacedNode {
  id: string
  x: number
  y: number
}

/** How an arrow runs: down to `ys[0]`, across to `xs[1]`, down to `ys[1]`, and so on to the end. */
export interface Route {
  xs: number[]
  ys: number[]
}

export interface Placement {
  nodes: PlacedNode[]
  routes: Map<string, Route>
  width: number
  height: number
}

/** A cell of a layer: a box, or the lane that a long arrow needs to pass between the boxes. */
interface Cell {
  key: string
  layer: number
  width: number
  before: Cell[]
  after: Cell[]
  x: number
}

/**
 * Layers by longest path from the trigger; arrows that span layers get a lane in each layer
 * between, so that none runs under a box. Then a few sweeps move every cell towards the middle of
 * its neighbours. Cycles are allowed: an arrow back up does not push its target down.
 */
export function place(ids: string[], edges: GraphEdge[]): Placement {
  const layer = layersOf(ids, edges)
  const cells = new Map<string, Cell>()
  const cell = (key: string, l: number, width: number): Cell => {
    const made: Cell = { key, layer: l, width, before: [], after: [], x: 0 }
    cells.set(key, made)
    return made
  }
  for (const id of ids) cell(id, layer.get(id)!, BOX.width)
  const chains = new Map(edges.map((edge) => [edge.id, chainOf(edge, cells, cell)]))

  const rows: Cell[][] = []
  for (const c of cells.values()) (rows[c.layer] ??= []).push(c)
  for (const row of rows) row.forEach((c, i) => (c.x = (i - (row.length - 1) / 2) * BOX.width))
  for (let sweep = 0; sweep < 12; sweep++) {
    const down = sweep % 2 === 0
    for (const row of down ? rows : [...rows].reverse()) {
      arrange(row, (c) => (down ? c.before : c.after))
    }
  }

  const left = Math.min(...[...cells.values()].map((c) => c.x - c.width / 2))
  const right = Math.max(...[...cells.values()].map((c) => c.x + c.width / 2))
  for (const c of cells.values()) c.x -= left
  return {
    nodes: ids.map((id) => ({ id, x: cells.get(id)!.x - BOX.width / 2, y: topOf(layer.get(id)!) })),
    routes: new Map([...chains].map(([id, chain]) => [id, routeOf(chain, rows)])),
    width: right - left,
    height: topOf(rows.length) - BOX.gap_y,
  }
}

const topOf = (layer: number) => layer * (BOX.height + BOX.gap_y)

/** The cells an arrow passes, source first. Also ties them together as neighbours. */
function chainOf(
  edge: GraphEdge,
  cells: Map<string, Cell>,
  make: (key: string, layer: number, width: number) => Cell,
): Cell[] {
  const source = cells.get(edge.source)!
  const target = cells.get(edge.target)!
  const chain = [source]
  for (let l = source.layer + 1; l < target.layer; l++) {
    chain.push(make(`${edge.id}@${l}`, l, LANE_WIDTH))
  }
  chain.push(target)
  for (let i = 1; i < chain.length; i++) {
    chain[i - 1]!.after.push(chain[i]!)
    chain[i]!.before.push(chain[i - 1]!)
  }
  return chain
}

/** Moves a row towards its neighbours' middle and then apart again until nothing overlaps. */
function arrange(row: Cell[], near: (cell: Cell) => Cell[]): void {
  const wishes = new Map<Cell, number>()
  for (const c of row) {
    const xs = near(c).map((other) => other.x)
    wishes.set(c, xs.length ? xs.reduce((a, b) => a + b, 0) / xs.length : c.x)
  }
  row.sort((a, b) => wishes.get(a)! - wishes.get(b)! || a.x - b.x)
  let drift = 0
  row.forEach((c, i) => {
    const left = row[i - 1]
    const free = left ? left.x + (left.width + c.width) / 2 + BOX.gap_x : -Infinity
    c.x = Math.max(wishes.get(c)!, free)
    drift += c.x - wishes.get(c)!
  })
  // Pushing to the right shifted the row: bring it back over the middle of its wishes.
  for (const c of row) c.x -= drift / row.length
}

/** Arrows that leave different cells of a layer bend at slightly different heights. */
function routeOf(chain: Cell[], rows: Cell[][]): Route {
  const source = chain[0]!
  const target = chain[chain.length - 1]!
  if (target.layer <= source.layer) return { xs: [source.x, target.x], ys: [] }
  const ys = chain.slice(0, -1).map((c) => {
    const bending = rows[c.layer]!.filter((other) => other.after.some((next) => next.x !== other.x))
    const slot = Math.max(0, bending.indexOf(c)) - (bending.length - 1) / 2
    const spread = Math.min(9, (BOX.gap_y - 28) / Math.max(1, bending.length))
    return topOf(c.layer) + BOX.height + BOX.gap_y / 2 + (bending.length > 1 ? slot * spread : 0)
  })
  return { xs: chain.map((c) => c.x), ys }
}

function layersOf(ids: string[], edges: GraphEdge[]): Map<string, number> {
  const after = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const { source, target } of edges) after.get(source)?.push(target)
  const back = new Set<string>()
  const seen = new Map<string, 'open' | 'closed'>()
  const order: string[] = []
  const walk = (id: string): void => {
    seen.set(id, 'open')
    for (const next of after.get(id)!) {
      if (seen.get(next) === 'open') back.add(`${id}>${next}`)
      else if (!seen.has(next)) walk(next)
    }
    seen.set(id, 'closed')
    order.unshift(id)
  }
  for (const id of ids) if (!seen.has(id)) walk(id)

  const layer = new Map<string, number>(ids.map((id) => [id, 0]))
  for (const id of order) {
    for (const next of after.get(id)!) {
      if (back.has(`${id}>${next}`)) continue
      layer.set(next, Math.max(layer.get(next)!, layer.get(id)! + 1))
    }
  }
  return layer
}

/** SVG path of a route between two handles, corners rounded. */
export function pathOf(route: Route, from_y: number, to_y: number): string {
  const [first, ...rest] = route.xs
  let x = first!
  const parts = [`M${x} ${from_y}`]
  if (route.ys.length === 0)
    return `${parts[0]}C${x} ${from_y + 60} ${rest[0]} ${to_y - 60} ${rest[0]} ${to_y}`
  rest.forEach((next, i) => {
    const y = route.ys[i]!
    const r = Math.min(8, Math.abs(next - x) / 2)
    const turn = Math.sign(next - x)
    if (r < 0.5) parts.push(`V${y}`)
    else {
      parts.push(`V${y - r}Q${x} ${y} ${x + turn * r} ${y}`)
      parts.push(`H${next - turn * r}Q${next} ${y} ${next} ${y + r}`)
    }
    x = next
  })
  return `${parts.join('')}V${to_y}`
}
