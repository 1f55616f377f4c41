// The one place that says what a number of analysis means. Charts, tables, tiles and cards name a
// term; its name, unit and definition are words of `questions.term`, in both languages, and each
// definition quotes the rule of SEMANTICS that it follows.
import { i18n, locale } from '@/shared/i18n'

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

export const termName = (key: string) => term(key).name
