import type { Identity, IdentityLink } from '@/shared/api-types'
import { keyOf } from './link-graph'

/**
 * Which identities would be another person if `wrong` (an index into `links`) were no evidence:
 * those that no other link joins to the first of the pair. A start for the operator, who decides;
 * empty when other links still join the two.
 */
export function sideWithout(
  identities: Identity[],
  links: IdentityLink[],
  wrong: number,
): number[] {
  const doubted = links[wrong]!
  const pair = (link: IdentityLink) => [keyOf(link.a), keyOf(link.b)].sort().join(' ')
  const joined = links.filter((link) => link.refused === '' && pair(link) !== pair(doubted))
  const reached = new Set([keyOf(doubted.a)])
  for (let grew = true; grew;) {
    grew = false
    for (const link of joined) {
      const a = reached.has(keyOf(link.a))
      if (a === reached.has(keyOf(link.b))) continue
      reached.add(keyOf(a ? link.b : link.a))
      grew = true
    }
  }
  if (reached.has(keyOf(doubted.b))) return []
  return identities.filter((i) => !reached.has(keyOf(i))).map((i) => i.id)
}
