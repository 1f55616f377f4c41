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

export interface OutcomeRow {
  /** Several when a branch leads to one node by different cases. */
  outcomes: string[]
  target: string | null
  count: number
}

/**
 * Where people went from a node. Branches count by the node they chose, all others by outcome; an
 * outcome that the definition no longer wires is kept, people went that way.
 */
export function outcomesOf(node: JourneyNode, counts: Record<string, number>): OutcomeRow[] {
  const left = new Map(Object.entries(counts))
  const rows: OutcomeRow[] = []
  for (const [outcome, target] of exitsOf(node)) {
    const count = left.get(outcome) ?? 0
    left.delete(outcome)
    const same = node.type === 'branch' ? rows.find((row) => row.target === target) : undefined
    if (same) {
      same.outcomes.push(outcome)
      same.count += count
    } else rows.push({ outcomes: [outcome], target, count })
  }
  if (node.type === 'branch') {
    for (const row of rows) {
      row.count += left.get(row.target!) ?? 0
      left.delete(row.target!)
    }
  }
  for (const [outcome, count] of left) rows.push({ outcomes: [outcome], target: null, count })
  return rows
}
