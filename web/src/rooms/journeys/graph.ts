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
