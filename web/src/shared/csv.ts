// CSV files as spreadsheets have them (RFC 4180), in and out.

/**
 * Rows of cells without the space around them; lines with nothing at all are left out. Quotes may
 * hold separators, doubled quotes and line ends.
 */
export function parseCsv(text: string, separators = ','): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const end = () => {
    row.push(cell.trim())
    cell = ''
  }
  const endRow = () => {
    end()
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  const body = text.replace(/^\uFEFF/, '')
  for (let i = 0; i < body.length; ++i) {
    const c = body[i]!
    if (quoted && c === '"' && body[i + 1] === '"') {
      cell += '"'
      ++i
    } else if (c === '"') quoted = !quoted
    else if (quoted) cell += c
    else if (separators.includes(c)) end()
    else if (c === '\n') endRow()
    else if (c !== '\r') cell += c
  }
  endRow()
  return rows
}

/** The text of a file in UTF-8, or in what spreadsheets in China save by default. */
export async function readText(file: File): Promise<string> {
  const bytes = await file.arrayBuffer()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

export function download(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  anchor.click()
  URL.revokeObjectURL(url)
}
