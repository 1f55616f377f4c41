// Where a static segment comes from, in words: the question, and which number of it (DR1, SG6).
import type { RouteLocationRaw } from 'vue-router'
import type { FrozenSegment } from '@/shared/api-types'
import type { Words } from '@/shared/i18n'
import { valueName } from './builder/options'
import { listOf, objectOf, textOf } from './common'
import type { Query } from './kind'
import { pageOf } from './kinds'

export interface Origin {
  title: string
  number: string
  /** Asks the question again as of then. */
  link: RouteLocationRaw
}

export function originOf(frozen: FrozenSegment, words: Words): Origin | null {
  const origin = objectOf(frozen.origin as Record<string, never>)
  const query = objectOf(origin.query)
  const page = pageOf(textOf(query.kind))
  if (!page) return null
  return {
    title: words.t(`questions.page.${page}.title`),
    number: numberOf(query as Query, objectOf(origin.of), words),
    link: { name: page, query: { q: JSON.stringify(query) } },
  }
}

function numberOf(query: Query, of: Record<string, unknown>, words: Words): string {
  const { t, word } = words
  const parts: string[] = []
  const series = textOf(of.series as string)
  const asked = listOf(query.series)
    .map(objectOf)
    .find((s) => s.name === series)
  const steps = listOf(query.steps).map(objectOf)
  const step = typeof of.step === 'number' ? of.step : null
  const stepEvent = step === null ? '' : textOf(steps[step - 1]?.event)
  if (asked) parts.push(word('event', textOf(asked.event)))
  else if (series) parts.push(word('questions.origin.series', series))
  if (of.bucket) parts.push(String(of.bucket))
  if (stepEvent) parts.push(word('event', stepEvent))
  else if (step !== null) parts.push(t('questions.origin.nth', { n: step }))
  if (of.side) parts.push(word('questions.origin.side', String(of.side)))
  const values = listOf(of.breakdown as never).map((v) => valueName(v, words))
  if (values.length > 0) parts.push(values.join(' / '))
  if (of.compare === true) parts.push(t('questions.before'))
  return parts.join(' · ')
}
