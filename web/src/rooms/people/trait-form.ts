// The registry of traits as the page edits it.
import type { TraitInfo, TraitRegistry, TraitSchema } from '@/shared/api-types'

export type TraitRule = TraitSchema['traits'][number]
export type TraitType = NonNullable<TraitRule['type']>
export type DataClass = NonNullable<TraitRule['data_class']>

export const TYPES: TraitType[] = ['text', 'number', 'bool', 'date', 'list', 'json']
export const CLASSES: DataClass[] = ['public', 'personal', 'sensitive']

/** What a trait would be registered as: what it is, else what was seen of it. */
export function ruleOf(info: TraitInfo): TraitRule {
  const type = TYPES.find((one) => one === info.type) ?? 'text'
  return {
    name: info.name,
    type,
    data_class: info.data_class,
    name_zh: info.name_zh,
    name_en: info.name_en,
    sources: [...info.sources],
    history: info.history,
  }
}

/** A rule as it is sent: nothing that says nothing. */
export function trimmed(rule: TraitRule): TraitRule {
  return {
    name: rule.name.trim(),
    type: rule.type,
    data_class: rule.data_class,
    ...(rule.name_zh?.trim() ? { name_zh: rule.name_zh.trim() } : {}),
    ...(rule.name_en?.trim() ? { name_en: rule.name_en.trim() } : {}),
    ...(rule.sources?.length ? { sources: rule.sources } : {}),
    // The past of personal values is not kept.
    ...(rule.history && rule.data_class === 'public' ? { history: true } : {}),
  }
}

const registered = (registry: TraitRegistry): TraitRule[] =>
  registry.traits.filter((info) => info.registered).map((info) => trimmed(ruleOf(info)))

/** The whole schema with one rule put in (or taken out), as the server wants it. */
export function withRule(registry: TraitRegistry, rule: TraitRule): TraitSchema {
  const others = registered(registry).filter((one) => one.name !== rule.name.trim())
  return { unregistered: registry.unregistered, traits: [...others, trimmed(rule)] }
}
export function without(registry: TraitRegistry, name: string): TraitSchema {
  const traits = registered(registry).filter((one) => one.name !== name)
  return { unregistered: registry.unregistered, traits }
}
/** Every trait that was seen is registered as it was seen. */
export function withAll(registry: TraitRegistry): TraitSchema {
  const traits = registry.traits.map((info) => trimmed(ruleOf(info)))
  return { unregistered: registry.unregistered, traits }
}
export function withPolicy(
  registry: TraitRegistry,
  unregistered: TraitRegistry['unregistered'],
): TraitSchema {
  return { unregistered, traits: registered(registry) }
}
