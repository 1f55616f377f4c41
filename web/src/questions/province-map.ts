// Values of a property that are provinces, as a map of tiles.
import { term } from './glossary'
import type { Drill, Grid, Say } from './kind'
import { COLUMNS, provinceOf, PROVINCES } from './property/provinces'

/** Of the named values, at least half must be provinces for the map to say something. */
const MAP_SHARE_MIN = 0.5

export interface OfValue {
  value: string
  persons: number
  /** Opens the people of the value; of values that are one province together, the first one's. */
  drill?: Drill
}

/** Null when the values are no provinces. `all` is everybody, with a value or without. */
export function provinceMap(values: OfValue[], all: number, { words, f }: Say): Grid | null {
  const named = values.filter((v) => !v.value.startsWith('$'))
  const found = named.flatMap((v) => {
    const province = provinceOf(v.value)
    return province ? [{ ...v, province }] : []
  })
  if (found.length === 0 || found.length < named.length * MAP_SHARE_MIN) return null
  const of = new Map<string, { persons: number; drill?: Drill }>()
  for (const { province, persons, drill } of found) {
    const before = of.get(province.zh)
    of.set(province.zh, {
      persons: (before?.persons ?? 0) + persons,
      ...(drill && !before ? { drill } : {}),
    })
  }
  const most = Math.max(...[...of.values()].map((v) => v.persons))
  const share = (n: number) => f.percent(all === 0 ? null : n / all)
  const zh = words.locale.value === 'zh-CN'
  return {
    columns: COLUMNS,
    cells: PROVINCES.map((p) => {
      const { persons: n = 0, drill } = of.get(p.zh) ?? {}
      const title = zh ? p.zh : p.en
      return {
        x: p.x,
        y: p.y,
        title,
        text: n > 0 ? f.compact(n) : '·',
        heat: most === 0 ? 0 : n / most,
        hint: `${title} ${f.number(n)} ${term('people').unit} ${share(n)}`,
        ...(drill && n > 0 ? { drill } : {}),
      }
    }),
  }
}
