// Rows of what acquiring people cost, in yuan in forms and in fen in questions (AT10, LT2).
import type { Json } from '@/shared/api-types'
import { formatDate } from '@/shared/format'
import { listOf, numberOf, objectOf, textOf } from './common'

export interface CostForm {
  /** Empty: of all sources. */
  source: string
  from: string
  to: string
  yuan: number
  /** Of advertising; null when not known. */
  impressions: number | null
  clicks: number | null
}

export const COSTS_MAX = 20

export function newCost(): CostForm {
  const now = Date.now()
  return {
    source: '',
    from: formatDate(now - 29 * 86_400_000),
    to: formatDate(now),
    yuan: 1000,
    impressions: null,
    clicks: null,
  }
}

export const costReady = (c: CostForm) => c.from !== '' && c.to !== '' && c.yuan >= 0

/** A table that was uploaded, by its id, takes the place of rows. */
const TABLE = 'table:'
export const tableFrom = (json: Json | undefined): string =>
  typeof json === 'string' && json.startsWith(TABLE) ? json.slice(TABLE.length) : ''

/** The field `cost` of a question; nothing without rows. */
export function costJson(costs: CostForm[], table: string): { cost?: Json } {
  if (table) return { cost: TABLE + table }
  if (costs.length === 0) return {}
  return {
    cost: costs.map((c): Json => ({
      ...(c.source ? { source: c.source } : {}),
      from: c.from,
      to: c.to,
      fen: Math.round(c.yuan * 100),
      ...(c.impressions === null ? {} : { impressions: c.impressions }),
      ...(c.clicks === null ? {} : { clicks: c.clicks }),
    })),
  }
}

export function costFrom(json: Json | undefined): CostForm[] {
  const count = (v: Json | undefined) => (typeof v === 'number' ? v : null)
  return listOf(json).map((row) => {
    const o = objectOf(row)
    const day = textOf(o.date)
    return {
      source: textOf(o.source),
      from: textOf(o.from, day),
      to: textOf(o.to, day),
      yuan: numberOf(o.fen, 0) / 100,
      impressions: count(o.impressions),
      clicks: count(o.clicks),
    }
  })
}
