import { computed, ref, type ComputedRef } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Locale } from './format'

const STORAGE_KEY = 'weir.locale'
export const LOCALES: Locale[] = ['zh-CN', 'en-US']

// One JSON file per room and language, fetched when the room is first opened; the words of the
// questions and of conditions come with the rooms that use them. The shared words (menu, states,
// channels, event names) load with the app in the chosen language only.
const files = import.meta.glob<{ default: Record<string, unknown> }>([
  './locales/*.json',
  '../rooms/*/locales/*.json',
  '../questions/locales/*.json',
  '../conditions/locales/*.json',
])

function stored(): Locale {
  try {
    const value = localStorage.getItem(STORAGE_KEY)
    return value === 'en-US' ? 'en-US' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

export const locale = ref<Locale>(stored())

export const i18n = createI18n({
  legacy: false,
  locale: locale.value,
  fallbackLocale: false,
  // A missing name is shown as it is: event names and reasons come from data and are open-ended.
  missingWarn: false,
  fallbackWarn: false,
  messages: {},
})

const rooms = new Set<string>()
const loaded = new Set<string>()

async function load(file: string, language: Locale, room: string | null): Promise<void> {
  if (loaded.has(file)) return
  const read = files[file]
  if (!read) return
  const messages = (await read()).default
  i18n.global.mergeLocaleMessage(language, room === null ? messages : { [room]: messages })
  loaded.add(file)
}

async function loadRoom(room: string, language: Locale): Promise<void> {
  const below = room === 'questions' || room === 'conditions'
  const folder = below ? `../${room}` : `../rooms/${room}`
  await load(`${folder}/locales/${language}.json`, language, room)
}

/** Makes the words of `room` available: of a room, "questions" or "conditions". */
export async function loadRoomWords(room: string): Promise<void> {
  rooms.add(room)
  await loadRoom(room, locale.value)
}

/** Switches the language after its words have arrived, and remembers it on this machine. */
export async function setLocale(language: Locale): Promise<void> {
  await Promise.all([
    load(`./locales/${language}.json`, language, null),
    ...[...rooms].map((room) => loadRoom(room, language)),
  ])
  locale.value = language
  ;(i18n.global.locale as unknown as { value: string }).value = language
  document.documentElement.lang = language
  try {
    localStorage.setItem(STORAGE_KEY, language)
  } catch {
    // Private mode: the choice then lasts for this visit only.
  }
}

export interface Words {
  /** Translation of a key, with parameters. */
  t: (key: string, params?: Record<string, unknown>) => string
  /** The word for a value from data (an event name, a state); the raw value when none is known. */
  word: (family: string, value: string | null | undefined) => string
  /** Why an entry ended: a word of ours, or the event that ended it. */
  exitName: (reason: string | null | undefined) => string
  /** `wechat:main` → 服务号 main: sources are named after a kind and an instance. */
  sourceName: (source: string) => string
  /** As operators registered it, else our word for it, else its code. */
  traitName: (trait: { name: string; name_zh?: string; name_en?: string }) => string
  locale: ComputedRef<Locale>
}

export function useWords(): Words {
  const { t, te } = i18n.global
  function word(family: string, value: string | null | undefined): string {
    if (value === null || value === undefined || value === '') return '—'
    const key = `${family}.${value}`
    return te(key, locale.value) ? t(key) : value
  }
  return {
    t: (key, params) => (params ? t(key, params) : t(key)),
    word,
    exitName(reason) {
      const known = word('exit', reason)
      return known === reason ? word('event', reason) : known
    },
    sourceName(source) {
      const [kind, ...rest] = source.split(':')
      const instance = rest.filter((part) => part !== 'main').join(' ')
      return instance ? `${word('source', kind)} ${instance}` : word('source', kind)
    },
    traitName(trait) {
      const own = locale.value === 'zh-CN' ? trait.name_zh : trait.name_en
      return own || word('prop', trait.name)
    },
    locale: computed(() => locale.value),
  }
}
