// Saved questions and boards: definitions like any other, stored in the log.
import type { Board, BoardCard, BoardDef, CostTable, Goal, SavedQuestion } from '@/shared/api-types'
import { ApiError, del, get, put } from '@/shared/http'
import type { CostRow } from './cost-csv'
import type { Query } from './kind'

export type { Board, BoardDef, Goal, SavedQuestion }
export type Card = BoardCard

export const SHOWS = ['chart', 'number', 'table'] as const
export const WIDTHS = [3, 4, 6, 8, 12] as const

export const CARDS_MAX = 24

const question = (id: string) => `/api/questions/${encodeURIComponent(id)}`
const board = (id: string) => `/api/boards/${encodeURIComponent(id)}`

export const fetchQuestions = async () =>
  (await get<{ questions: SavedQuestion[] }>('/api/questions')).questions
export const saveQuestion = (id: string, name: string, query: Query) =>
  put<{ id: string; version: number }>(question(id), { name, query })
export const deleteQuestion = (id: string) => del(question(id))

export const fetchBoards = async () => (await get<{ boards: Board[] }>('/api/boards')).boards
export const fetchBoard = (id: string) => get<Board>(board(id))
export const saveBoard = (id: string, def: BoardDef) =>
  put<{ id: string; version: number }>(board(id), def)
export const deleteBoard = (id: string) => del(board(id))

const costTable = (id: string) => `/api/cost-tables/${encodeURIComponent(id)}`

export const fetchCostTables = async () =>
  (await get<{ cost_tables: CostTable[] }>('/api/cost-tables')).cost_tables
export const saveCostTable = (id: string, name: string, rows: CostRow[]) =>
  put<{ id: string; version: number }>(costTable(id), { name, rows })
export const deleteCostTable = (id: string) => del(costTable(id))

export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6))
  return prefix + [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/** Saves the question and puts it at the end of a board: an existing one, or a new one by name. */
export async function addToBoard(
  to: { id: string } | { name: string },
  name: string,
  query: Query,
  card: Omit<Card, 'question'>,
): Promise<string> {
  const id = 'id' in to ? to.id : newId('b_')
  const def: BoardDef =
    'id' in to ? (await fetchBoard(to.id)).def : { name: to.name, refresh_seconds: 60, cards: [] }
  if (def.cards.length >= CARDS_MAX) {
    throw new ApiError(400, 'full', `a board has at most ${CARDS_MAX} cards`, 'cards')
  }
  const saved = await saveQuestion(newId('q_'), name, query)
  await saveBoard(id, { ...def, cards: [...def.cards, { ...card, question: saved.id }] })
  return id
}
