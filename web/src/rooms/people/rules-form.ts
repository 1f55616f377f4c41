// The rules of identity as the page edits them: every field has a value, and back.
import type { IdentityRules } from '@/shared/api-types'

export interface KindRow {
  kind: string
  /** Empty: every account without a row of its own. */
  scope: string
  priority: number
  /** 0: no limit. */
  max: number
  /** 0: counts all. */
  window_days: number
  link: boolean
  shareable: boolean
  blocked: string[]
}

export interface RulesForm {
  kinds: KindRow[]
  soft: number
  hard: number
  persons_max: number
  window_days: number
}

export function toForm(rules: IdentityRules): RulesForm {
  return {
    kinds: rules.kinds.map((k) => ({
      kind: k.kind,
      scope: k.scope ?? '',
      priority: k.priority ?? 9,
      max: k.max ?? 0,
      window_days: k.window_days ?? 0,
      link: k.link ?? true,
      shareable: k.shareable ?? false,
      blocked: [...(k.blocked ?? [])],
    })),
    soft: rules.cluster?.soft ?? 50,
    hard: rules.cluster?.hard ?? 100,
    persons_max: rules.shared?.persons_max ?? 5,
    window_days: rules.shared?.window_days ?? 30,
  }
}

export function toRules(form: RulesForm): IdentityRules {
  return {
    kinds: form.kinds.map((k) => ({
      kind: k.kind,
      ...(k.scope.trim() === '' ? {} : { scope: k.scope.trim() }),
      priority: k.priority,
      max: k.max,
      // A window says what the limit counts; without a limit there is nothing to count.
      window_days: k.max === 0 ? 0 : k.window_days,
      link: k.link,
      shareable: k.shareable,
      blocked: k.blocked,
    })),
    cluster: { soft: form.soft, hard: form.hard },
    shared: { persons_max: form.persons_max, window_days: form.window_days },
  }
}

export function newRow(kind: string): KindRow {
  return {
    kind,
    scope: '',
    priority: 9,
    max: 0,
    window_days: 0,
    link: true,
    shareable: false,
    blocked: [],
  }
}

/** "kinds.openid@wx1.max" → kind, account and field; "cluster.soft" → a field of its own. */
export function splitField(path: string): { kind: string; scope: string; field: string } {
  if (!path.startsWith('kinds.')) return { kind: '', scope: '', field: path.replace('.', '_') }
  const rest = path.slice('kinds.'.length)
  const dot = rest.lastIndexOf('.')
  const [kind, ...scope] = rest.slice(0, dot).split('@')
  return { kind: kind!, scope: scope.join('@'), field: rest.slice(dot + 1) }
}

/** A personal value is kept as a token; its start is enough to tell two apart. */
export const shortValue = (value: string) =>
  /^[0-9a-f]{32}$/.test(value) ? `${value.slice(0, 6)}…` : value
