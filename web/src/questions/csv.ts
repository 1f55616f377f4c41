import { unitOfColumn } from './glossary'
import type { Column, Table } from './kind'

/** Excel guesses the encoding of a CSV file unless it starts with this mark. */
const BOM = '\uFEFF'

/** A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function field(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Percentages are exported as ratios, which have no unit. */
function titleOf(column: Column): string {
  const unit = column.raw ?? unitOfColumn(column)
  return unit && unit !== '%' ? `${column.title} (${unit})` : column.title
}

/** RFC 4180, with raw numbers where the table shows formatted ones. */
export function toCsv(tables: Table[]): string {
  const line = (cells: (string | number | null | undefined)[]) => cells.map(field).join(',')
  const parts = tables.map((table) =>
    [
      line(table.columns.map(titleOf)),
      ...table.rows.map((row) =>
        line(row.map((cell) => (cell.value === undefined ? cell.text : cell.value))),
      ),
    ].join('\r\n'),
  )
  return `${BOM}${parts.join('\r\n\r\n')}\r\n`
}
