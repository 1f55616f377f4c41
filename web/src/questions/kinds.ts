import type { AnyKind } from './kind'

/** In the order of the tabs. Each loads with its page, so that opening one costs only that one. */
export const KINDS: Record<string, () => Promise<AnyKind>> = {
  trends: async () => (await import('./trends')).default,
  active: async () => (await import('./active')).default,
  funnel: async () => (await import('./funnel')).default,
  retention: async () => (await import('./retention')).default,
  paths: async () => (await import('./paths')).default,
  attribution: async () => (await import('./attribution')).default,
  chain: async () => (await import('./chain')).default,
  distribution: async () => (await import('./distribution')).default,
  interval: async () => (await import('./interval')).default,
  property: async () => (await import('./property')).default,
  portrait: async () => (await import('./portrait')).default,
  rfm: async () => (await import('./rfm')).default,
  ltv: async () => (await import('./ltv')).default,
}

export const PAGES = Object.keys(KINDS)

// Which page shows a stored question of this kind.
const PAGE_OF: Record<string, string> = {
  stickiness: 'active',
  lifecycle: 'active',
  sessions: 'paths',
  stages: 'rfm',
  repurchase: 'ltv',
  clv: 'ltv',
  full_chain: 'chain',
}

export const pageOf = (kind: string): string | undefined =>
  PAGE_OF[kind] ?? (kind in KINDS ? kind : undefined)
