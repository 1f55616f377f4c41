import type { Json, SegmentDef } from '../../src/shared/api-types'
import { DAY, type MockEvent, type Person } from './people'

type Obj = { [key: string]: Json }

export class BadDef extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

export function traitsOf(person: Person): Record<string, string | number> {
  return {
    city: person.city,
    city_tier: person.tier,
    gender: person.gender,
    member_level: person.member_level,
    orders: person.orders,
    paid_fen: person.paid_fen,
  }
}

export function tagsOf(person: Person): Record<string, string> {
  const tags: Record<string, string> = {}
  tags.value_tier = person.paid_fen >= 50_000 ? '高' : person.paid_fen >= 10_000 ? '中' : '低'
  const views = person.events.filter((e) => e.name === 'product_view')
  if (views.length > 2) tags.fav_category = String(views[views.length - 1]!.props.category)
  if (person.channels.includes('wecom')) tags.wecom_friend = '是'
  return tags
}

function compare(actual: Json | undefined, op: string, value: Json): boolean {
  if (op === 'is_set') return actual !== undefined
  if (op === 'is_not_set') return actual === undefined
  if (op === 'neq') return actual !== value
  if (op === 'not_in') return !(value as Json[]).includes(actual as Json)
  if (actual === undefined) return false
  if (op === 'eq') return actual === value
  if (op === 'in') return (value as Json[]).includes(actual)
  if (op === 'contains') return String(actual).includes(String(value))
  if (op === 'not_contains') return !String(actual).includes(String(value))
  if (op === 'between') {
    const [low, high] = value as number[]
    return (actual as number) >= low! && (actual as number) <= high!
  }
  const [a, b] = [Number(actual), Number(value)]
  if (op === 'gt') return a > b
  if (op === 'gte') return a >= b
  if (op === 'lt') return a < b
  if (op === 'lte') return a <= b
  throw new BadDef('op', `unknown operator "${op}"`)
}

export function matchFilter(event: MockEvent, filter: Json | undefined): boolean {
  if (!filter) return true
  const f = filter as Obj
  if (f.and) return (f.and as Json[]).every((x) => matchFilter(event, x))
  if (f.or) return (f.or as Json[]).some((x) => matchFilter(event, x))
  if (f.not) return !matchFilter(event, f.not)
  return compare(event.props[String(f.prop).replace(/^event\./, '')], String(f.op), f.value ?? null)
}

export interface SegmentWorld {
  now: number
  segment: (id: string) => SegmentDef | undefined
}

/** Is `person` in the audience described by `def`? The subset of SG1 that the console builds. */
export function inSegment(world: SegmentWorld, person: Person, def: Json): boolean {
  const d = def as Obj
  if (d.and) return (d.and as Json[]).every((x) => inSegment(world, person, x))
  if (d.or) return (d.or as Json[]).some((x) => inSegment(world, person, x))
  if (d.not) return !inSegment(world, person, d.not)
  if (d.profile) {
    const leaf = d.profile as Obj
    const trait = String(leaf.prop).replace(/^profile\./, '')
    return compare(traitsOf(person)[trait], String(leaf.op), leaf.value ?? null)
  }
  if (d.tag) {
    const leaf = d.tag as Obj
    return compare(tagsOf(person)[String(leaf.code)], String(leaf.op), leaf.value ?? null)
  }
  if (d.done || d.not_done) {
    const leaf = (d.done ?? d.not_done) as Obj
    if (!leaf.event) throw new BadDef('event', 'done: no event is named')
    const window = leaf.window as Obj | undefined
    const from = window?.last ? world.now - Number(window.last) * DAY : 0
    const count = person.events.filter(
      (e) => e.name === leaf.event && e.t >= from && matchFilter(e, leaf.filter),
    ).length
    return d.done ? compare(count, String(leaf.op ?? 'gte'), leaf.value ?? 1) : count === 0
  }
  if (d.segment) {
    const other = world.segment(String(d.segment))
    if (!other) throw new BadDef('segment', `segment "${String(d.segment)}" does not exist`)
    return inSegment(world, person, other)
  }
  if (d.consent) {
    const leaf = d.consent as Obj
    return person.consents.some((c) => c.channel === leaf.channel && c.state === leaf.state)
  }
  throw new BadDef('def', `unknown condition ${JSON.stringify(d).slice(0, 80)}`)
}

export const SEGMENTS: { id: string; name: string; def: SegmentDef }[] = [
  {
    id: 'seg_high_intent',
    name: '高意向未购',
    def: {
      and: [
        { done: { event: 'add_to_cart', op: 'gte', value: 2, window: { last: 14, unit: 'day' } } },
        { not_done: { event: 'order_paid', window: { last: 14, unit: 'day' } } },
      ],
    },
  },
  {
    id: 'seg_vip',
    name: '高价值会员',
    def: {
      and: [
        { tag: { code: 'value_tier', op: 'eq', value: '高' } },
        { profile: { prop: 'profile.member_level', op: 'in', value: ['金卡', '黑卡'] } },
      ],
    },
  },
  {
    id: 'seg_dormant',
    name: '沉睡客户(30 天未访问)',
    def: {
      and: [
        { not_done: { event: 'mini_program_open', window: { last: 30, unit: 'day' } } },
        { not_done: { event: 'page_view', window: { last: 30, unit: 'day' } } },
      ],
    },
  },
  {
    id: 'seg_sms_ok',
    name: '可短信触达且未加企微',
    def: {
      and: [
        { consent: { channel: 'sms', purpose: 'marketing', state: 'granted' } },
        { not: { tag: { code: 'wecom_friend', op: 'eq', value: '是' } } },
      ],
    },
  },
]
