// What an operator types as the value of a trait, as the server wants it.
import type { Json } from '@/shared/api-types'

/** Undefined: not a value of the type. */
export function parseTraitValue(type: string, text: string): Json | undefined {
  const typed = text.trim()
  if (typed === '') return undefined
  switch (type) {
    case 'number': {
      const value = Number(typed)
      return Number.isFinite(value) ? value : undefined
    }
    case 'bool':
      return typed === 'true' ? true : typed === 'false' ? false : undefined
    case 'list':
      return typed
        .split(/[,，\n]/)
        .map((one) => one.trim())
        .filter((one) => one !== '')
    case 'date':
      return /^\d{4}-\d{2}-\d{2}/.test(typed) ? typed : undefined
    case 'json':
      try {
        const value = JSON.parse(typed) as Json
        return value !== null && typeof value === 'object' ? value : undefined
      } catch {
        return undefined
      }
    default:
      return typed
  }
}
