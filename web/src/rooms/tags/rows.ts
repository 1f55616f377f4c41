import { parseCsv } from '@/shared/csv'
import type { TagRow } from './api'

/**
 * A file's lines "identity kind,identity,tag,value" (the kind may have a scope: "openid@wx12…"). A
 * first line of names is left out. Quotes are those of CSV.
 */
export function parseRows(text: string): TagRow[] {
  const rows = parseCsv(text).filter(
    (row, i) => !(i === 0 && /^(kind|identity_kind|身份类型)$/i.test(row[0] ?? '')),
  )
  return rows.map((row) => {
    const [kind = '', scope = ''] = (row[0] ?? '').split('@')
    return {
      kind: kind.trim(),
      scope: scope.trim(),
      identity: (row[1] ?? '').trim(),
      tag: (row[2] ?? '').trim(),
      value: (row[3] ?? '').trim(),
    }
  })
}

/** A text cell that a spreadsheet never takes for a formula. */
export const csvCell = (text: string) =>
  `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
