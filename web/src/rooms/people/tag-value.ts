import type { Json } from '@/shared/api-types'

/** What an operator typed, as a value of the tag's type; null when it is none. */
export function readTagValue(type: string, text: string): Json | null {
  const trimmed = text.trim()
  if (trimmed === '') return null
  if (type === 'number') return Number.isFinite(Number(trimmed)) ? Number(trimmed) : null
  if (type === 'bool') return trimmed === 'true'
  if (type === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(trimmed) ? trimmed : null
  if (type !== 'string_set') return trimmed
  const items = trimmed
    .split(/[,,、;;]/)
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return items.length > 0 ? [...new Set(items)] : null
}

/** The value as a person reads it. */
export function showTagValue(value: Json, yes: string, no: string): string {
  if (typeof value === 'boolean') return value ? yes : no
  return Array.isArray(value) ? value.join('、') : String(value)
}
