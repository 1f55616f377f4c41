// Costs as advertising platforms export them: a CSV with a date, an amount and where it was spent.

import { parseCsv } from '@/shared/csv'

export interface CostRow {
  source: string
  date: string
  fen: number
  impressions?: number
  clicks?: number
}

export interface CostCsv {
  columns: string[]
  rows: string[][]
}

/** Which columns say what; -1 = none. */
export interface CostColumns {
  date: number
  source: number
  amount: number
  impressions: number
  clicks: number
  /** The amount is in fen; else in yuan. */
  fen: boolean
}

export type CostProblem = { line: number; what: 'date' | 'amount' | 'count' }

export function parseCosts(text: string): CostCsv {
  const rows = parseCsv(text, ',\t').filter((row) => row.some((cell) => cell !== ''))
  return { columns: rows[0] ?? [], rows: rows.slice(1) }
}

const NAMES = {
  date: /^(date|day|日期|时间|投放日期)$/i,
  source: /^(source|channel|campaign|来源|渠道|平台|活动|计划)/i,
  amount: /^(fen|cost|spend|amount|费用|花费|消耗|成本|金额)/i,
  impressions: /^(impressions?|曝光|展示|展现)/i,
  clicks: /^(clicks?|点击)/i,
}

export function guessColumns(columns: string[]): CostColumns {
  const find = (name: keyof typeof NAMES) => columns.findIndex((c) => NAMES[name].test(c.trim()))
  const amount = find('amount')
  return {
    date: find('date'),
    source: find('source'),
    amount,
    impressions: find('impressions'),
    clicks: find('clicks'),
    fen: /fen|分\)?$|(分)/i.test(columns[amount] ?? ''),
  }
}

/** "2026/3/2" and "20260302" are dates too. */
function dateOf(text: string): string | null {
  const m = /^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?$/.exec(text)
  if (!m) return null
  const [y, month, day] = [m[1]!, m[2]!.padStart(2, '0'), m[3]!.padStart(2, '0')]
  const iso = `${y}-${month}-${day}`
  const parsed = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(iso) ? iso : null
}

/** "1,234.50", "¥1234.5". */
function numberOf(text: string): number | null {
  const plain = text.replace(/[,，¥￥元\s]/g, '')
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : null
}

/** One row per source and date; lines are counted with the header, as a spreadsheet does. */
export function toCostRows(
  csv: CostCsv,
  columns: CostColumns,
): { rows: CostRow[]; problems: CostProblem[] } {
  const byKey = new Map<string, CostRow>()
  const problems: CostProblem[] = []
  csv.rows.forEach((cells, i) => {
    const line = i + 2
    const at = (column: number) => (column < 0 ? '' : (cells[column] ?? ''))
    const date = dateOf(at(columns.date))
    const amount = numberOf(at(columns.amount))
    if (date === null) return problems.push({ line, what: 'date' })
    if (amount === null) return problems.push({ line, what: 'amount' })
    const fen = Math.round(columns.fen ? amount : amount * 100)
    const source = at(columns.source)
    const row = byKey.get(`${date} ${source}`) ?? { source, date, fen: 0 }
    row.fen += fen
    for (const field of ['impressions', 'clicks'] as const) {
      const text = at(columns[field])
      if (text === '') continue
      const count = numberOf(text)
      if (count === null || !Number.isInteger(count)) return problems.push({ line, what: 'count' })
      row[field] = (row[field] ?? 0) + count
    }
    byKey.set(`${date} ${source}`, row)
    return 0
  })
  return { rows: [...byKey.values()], problems }
}
