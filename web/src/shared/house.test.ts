// Rules of this folder that a reviewer would otherwise have to remember (STYLE §11).
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'

const root = join(__dirname, '..')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
const sources = files.filter((file) => /\.(ts|vue)$/.test(file))
const read = (file: string) => readFileSync(join(root, file), 'utf8')

it('imports the UI kit, charts and the graph library only in adapter', () => {
  const kit = /from ['"](tdesign|echarts|@vue-flow)|import ['"](tdesign|@vue-flow)/
  const strays = sources.filter((file) => !file.startsWith('adapter/') && kit.test(read(file)))
  expect(strays).toEqual([])
})

it('lets no room import another room', () => {
  const strays = sources.flatMap((file) => {
    const room = /^rooms\/(\w+)\//.exec(file)?.[1]
    if (!room) return []
    const others = [...read(file).matchAll(/from ['"]@\/rooms\/(\w+)/g)].map((match) => match[1])
    return others.some((other) => other !== room) ? [file] : []
  })
  expect(strays).toEqual([])
})

it('lets shared, conditions and questions import only what is below them', () => {
  const above: Record<string, RegExp> = {
    shared: /from ['"]@\/(rooms|questions|conditions)/,
    conditions: /from ['"]@\/(rooms|questions)/,
    questions: /from ['"]@\/rooms/,
  }
  const strays = sources.filter((file) => above[file.split('/')[0]!]?.test(read(file)))
  expect(strays).toEqual([])
})

it('keeps files under 800 lines and lines of code within 100 characters', () => {
  const long = sources.filter((file) => read(file).split('\n').length > 800)
  const wide = sources.filter((file) =>
    read(file)
      .split('\n')
      .some((line) => [...line].length > 100),
  )
  expect([long, wide]).toEqual([[], []])
})

describe('words', () => {
  const zh = files.filter((file) => file.endsWith('zh-CN.json'))
  const keys = (value: unknown, path = ''): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => keys(inner, `${path}.${key}`))
      : [path]
  const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

  it.each(zh)('%s says the same things in both languages', (file) => {
    const chinese = JSON.parse(read(file)) as object
    const english = JSON.parse(read(file.replace('zh-CN', 'en-US'))) as object
    expect(keys(english)).toEqual(keys(chinese))
  })

  it.each([...zh, ...zh.map((file) => file.replace('zh-CN', 'en-US'))])(
    '%s can be shown',
    (file) => {
      const words = JSON.parse(read(file)) as Record<string, string>
      const i18n = createI18n({ legacy: false, locale: 'x', messages: { x: words } })
      // An "@" or a brace of its own is a mistake that only shows when the text is.
      for (const key of keys(words)) expect(() => i18n.global.t(key.slice(1)), key).not.toThrow()
    },
  )

  it.each(zh)('%s fills in the same values in both languages', (file) => {
    const flat = (value: unknown, path = ''): [string, string][] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => flat(inner, `${path}.${key}`))
        : [[path, String(value)]]
    const english = new Map(flat(JSON.parse(read(file.replace('zh-CN', 'en-US')))))
    for (const [key, text] of flat(JSON.parse(read(file)))) {
      expect(holes(english.get(key)!), `${relative(root, file)} ${key}`).toEqual(holes(text))
    }
  })

  it('defines every literal key that the code asks for', () => {
    const known = new Set(
      zh.flatMap((file) => {
        const room = /^(?:rooms\/)?(\w+)\/locales/.exec(file)?.[1]
        return keys(JSON.parse(read(file))).map((key) =>
          room === 'shared' ? key.slice(1) : `${room}${key}`,
        )
      }),
    )
    const asked = sources
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => {
        const literals = read(file).matchAll(/\bt\(\s*'([a-zA-Z0-9_.]+)'/g)
        return [...literals].map((match) => `${file}: ${match[1]}`)
      })
    expect(asked.filter((entry) => !known.has(entry.split(': ')[1]!))).toEqual([])
  })
})
