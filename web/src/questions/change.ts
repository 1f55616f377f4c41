/** (now − before) ÷ before; null without a base (SEMANTICS G13). */
export function changeOf(now: number | null, before: number | null | undefined): number | null {
  if (now === null || before === null || before === undefined || before === 0) return null
  return (now - before) / before
}
