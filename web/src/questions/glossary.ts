// The one place that says what a number of analysis means. Charts, tables, tiles and cards name a
// term; its name, unit and definition are words of `questions.term`, in both languages, and each
// definition quotes the rule of SEMANTICS that it follows.
import { i18n, locale } from '@/shared/i18n'
import type { Column } from './kind'

export interface Term {
  name: string
  unit: string
  define: string
}

export function term(key: string): Term {
  const { t, te } = i18n.global
  const at = (part: string) => {
    const path = `questions.term.${key}.${part}`
    return te(path, locale.value) ? t(path) : ''
  }
  return { name: at('name') || key, unit: at('unit'), define: at('def') }
}

/** The unit of a column: its own, or that of its term. */
export const unitOfColumn = (column: Column): string =>
  column.unit ?? (column.term ? term(column.term).unit : '')

/** Money and percentages say it themselves. */
export function unitBeside(column: Column): string {
  const unit = unitOfColumn(column)
  return /^(%|元|CNY)/.test(unit) ? '' : unit
}

export const termName = (key: string) => term(key).name
