// Saved questions and boards of the mock: those of the demo brand.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Board, BoardDef, SavedQuestion } from '../../src/questions/saved'

const DEMO = join(dirname(fileURLToPath(import.meta.url)), '../../../examples/demo/')

function definitions<T>(folder: string): [string, T][] {
  return readdirSync(DEMO + folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [
      file.slice(0, -5),
      JSON.parse(readFileSync(`${DEMO}${folder}/${file}`, 'utf8')) as T,
    ])
}

export interface Saved {
  questions: Map<string, SavedQuestion>
  boards: Map<string, Board>
}

export function demoSaved(now: number): Saved {
  const common = { version: 1, updated_at: now }
  return {
    questions: new Map(
      definitions<Pick<SavedQuestion, 'name' | 'query'>>('questions').map(([id, q]) => [
        id,
        { id, ...common, ...q },
      ]),
    ),
    boards: new Map(
      definitions<BoardDef>('boards').map(([id, def]) => [
        id,
        { id, name: def.name, ...common, def },
      ]),
    ),
  }
}
