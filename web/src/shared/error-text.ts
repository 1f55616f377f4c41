// What the server said in the operator's language: the kind of error and the field by names that
// are known, and the server's own sentence (English) as the detail.
import { useWords, type Words } from './i18n'
import { toApiError } from './load'

const STEP = /\[(\d+)\]/g

/** "steps[1].filter" → "步骤 2 的筛选条件". Parts without a name stay as they are. */
export function fieldName(field: string, { t, word }: Pick<Words, 't' | 'word'>): string {
  return field
    .split('.')
    .map((part) => {
      const name = part.replace(STEP, '')
      const numbers = [...part.matchAll(STEP)].map((m) => Number(m[1]) + 1)
      const known = word('field', name)
      return numbers.length > 0 ? `${known} ${numbers.join('-')}` : known
    })
    .join(t('field.of'))
}

export function errorText(cause: unknown, words: Words): string {
  const error = toApiError(cause)
  const { t, word } = words
  if (error.code === 'network') return t('state.network')
  if (error.status === 404 && error.code === 'not_found' && !error.field) return t('state.notFound')
  const english = words.locale.value === 'en-US'
  if (english) return error.field ? `${error.field}: ${error.message}` : error.message
  const said = word('error', error.code)
  const what = said === error.code || said === '—' ? t('state.failed') : said
  const where = error.field ? t('state.field', { field: fieldName(error.field, words) }) : ''
  return `${where}${what}${t('state.detail', { message: error.message })}`
}

/** For pages: `const say = useErrorText()`, then `toast.error(say(cause))`. */
export function useErrorText(): (cause: unknown) => string {
  const words = useWords()
  return (cause) => errorText(cause, words)
}
