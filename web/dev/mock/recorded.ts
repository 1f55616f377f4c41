// Answers of a real server (`weir query`, the demo's history) for kinds that the mock cannot compute.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'answers')

export function recordedAnswer(kind: unknown): object | null {
  const file = join(FOLDER, `${String(kind).replace(/[^a-z_]/g, '')}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : null
}
