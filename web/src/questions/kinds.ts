import type { AnyKind } from './kind'

/** In the order of the tabs. Each loads with its page, so that opening one costs only that one. */
export const KINDS: Record<string, () => Promise<AnyKind>> = {
  trends: async () => (await import('./trends')).default,
  funnel: async () => (await import('./funnel')).default,
  retention: async () => (await import('./retention')).default,
}

export const PAGES = Object.keys(KINDS)

/** The page that shows a stored question of this kind. */
export const pageOf = (kind: string): string | undefined => (kind in KINDS ? kind : undefined)
