import type {
  Json,
  MessageState,
  Overview,
  ProfileDetail,
  ProfileRow,
  Schema,
  Tag,
} from '../../src/shared/api-types'
import { formatDate } from '../../src/shared/format'
import { statsOf } from './enrollments'
import { DAY, type MockEvent, type Person } from './people'
import { Rng } from './rng'
import { inSegment, tagsOf, traitsOf } from './segments'
import type { World } from './world'

const TAG_NAMES: Record<string, string> = {
  value_tier: '价值分层',
  fav_category: '品类偏好',
  wecom_friend: '已加企微',
}

function summary(event: MockEvent): string {
  const { title, amount_fen, category, platform } = event.props
  if (amount_fen) return `¥${(Number(amount_fen) / 100).toFixed(2)} · ${String(category)}`
  return String(title ?? event.props.scene ?? event.props.staff ?? platform ?? '')
}

/** Counters that grow with the clock, so that the live page has something to show. */
export function overview(world: World, now: number): Overview {
  const elapsed_s = (now - world.started) / 1000
  const wave = (t: number) => 38 + 14 * Math.sin(t / 90_000) + 6 * Math.sin(t / 17_000)
  const slot = Math.floor(now / 10_000) * 10_000
  const count = (state: MessageState) => world.messages.filter((m) => m.state === state).length
  const grown = Math.floor(elapsed_s * 41)
  const rng = new Rng(Math.floor(now / 1500))
  const recent = Array.from({ length: 20 }, (_, i) => {
    const row = new Rng(Math.floor(now / 1500) - i)
    const person = row.pick(world.people)
    const event = row.pick(person.events)
    return {
      event_time: (Math.floor(now / 1500) - i) * 1500,
      name: event.name,
      profile_id: person.id,
      display_name: person.name,
      summary: summary(event),
    }
  })
  const end = 598_204 + grown
  return {
    as_of: now,
    events_total: end,
    events_today: 48_211 + grown,
    events_per_second: Math.round(wave(now) * 10) / 10,
    profiles_total: 4_372 + Math.floor(elapsed_s / 9),
    identities_total: 11_906 + Math.floor(elapsed_s / 4),
    merges_total: 1_284 + Math.floor(elapsed_s / 21),
    frozen_profiles: 2,
    quarantined_total: 11_180 + world.quarantine.length,
    messages: {
      sent: count('accepted') + count('confirmed') + count('unknown'),
      delivered: count('confirmed'),
      failed: count('failed'),
      suppressed: count('suppressed'),
      unknown: count('unknown'),
    },
    coupons: {
      issued: 431 + Math.floor(elapsed_s / 15),
      redeemed: 97 + Math.floor(elapsed_s / 60),
    },
    journeys: world.journeys.map(({ definition, state, enrollments }) => ({
      id: definition.id,
      name: definition.name,
      state,
      active: enrollments.filter((e) => e.state === 'active').length,
      entered: enrollments.length,
      goal: enrollments.filter((e) => e.exit_reason === 'goal').length,
    })),
    orders_today: {
      count: 318 + Math.floor(elapsed_s / 3),
      amount_fen: 4_218_650 + Math.floor(elapsed_s / 3) * 8_800,
    },
    log: {
      end,
      cursor: end - rng.int(0, 6),
      lag_records: rng.int(0, 6),
      disk_bytes: 38_112_000 + grown * 64,
    },
    recent,
    series: Array.from({ length: 60 }, (_, i) => {
      const t = slot - (59 - i) * 10_000
      return { t, events: Math.round(wave(t) * 10) }
    }),
  }
}

export function profileRow(person: Person): ProfileRow {
  const last = person.events[person.events.length - 1]
  return {
    profile_id: person.id,
    display_name: person.name,
    channels: person.channels,
    identity_count: person.identities.length,
    event_count: person.events.length,
    first_seen: person.identities[0]!.first_seen,
    last_seen: last?.t ?? person.identities[0]!.first_seen,
    tags: Object.entries(tagsOf(person)).map(
      ([code, value]) => `${TAG_NAMES[code] ?? code}:${value}`,
    ),
  }
}

export function profileDetail(world: World, person: Person, now: number): ProfileDetail {
  const row = profileRow(person)
  const since = person.identities[0]!.first_seen
  const masked = `${person.phone.slice(0, 3)}****${person.phone.slice(7)}`
  const trait = (name: string, value: Json, data_class: 'public' | 'personal' = 'public') => ({
    name,
    value,
    data_class,
    source: data_class === 'personal' ? 'miniprogram' : 'pos',
    time: since + 3_600_000,
  })
  const enrolled = world.journeys.flatMap(({ definition, enrollments }) =>
    enrollments
      .filter((e) => e.profile_id === person.id)
      .map((e) => ({ ...e, journey_id: definition.id, journey_name: definition.name })),
  )
  const issued = enrolled.flatMap((e) => e.trace.filter((step) => step.what === 'issued'))
  return {
    profile_id: person.id,
    display_name: person.name,
    created_at: since,
    first_seen: row.first_seen,
    last_seen: row.last_seen,
    event_count: row.event_count,
    oversized: false,
    merged_into: null,
    identities: person.identities,
    links: person.links,
    traits: [
      trait('name', person.name, 'personal'),
      ...(person.channels.includes('sms') ? [trait('phone', masked, 'personal')] : []),
      ...Object.entries(traitsOf(person)).map(([name, value]) => trait(name, value)),
    ],
    contacts: [],
    follows: [],
    tags: Object.entries(tagsOf(person)).map(([code, value]) => ({
      code,
      name: TAG_NAMES[code] ?? code,
      value,
      since: row.last_seen - DAY,
      source: 'rule' as const,
    })),
    segments: world.segments
      .filter((s) =>
        inSegment(
          { now, segment: (id) => world.segments.find((x) => x.id === id)?.def },
          person,
          s.def,
        ),
      )
      .map((s) => ({ id: s.id, name: s.name, since: row.last_seen - 3_600_000 })),
    consents: person.consents.map((c) => ({ ...c, purpose: 'marketing', source: 'miniprogram' })),
    enrollments: enrolled.map(
      ({ enrollment_id, journey_id, journey_name, state, node, entered_at, exit_reason }) => ({
        enrollment_id,
        journey_id,
        journey_name,
        state,
        node,
        entered_at,
        exit_reason,
      }),
    ),
    coupons: issued.map((step, i) => ({
      coupon_id: String(step.detail?.coupon_id),
      template: String(step.detail?.template),
      state: step.time + 3 * DAY < now ? (i % 2 ? 'redeemed' : 'expired') : 'issued',
      issued_at: step.time,
      valid_until: step.time + 3 * DAY,
    })),
    messages: world.messages.filter((m) => m.profile_id === person.id),
  }
}

export function tags(world: World, now: number): Tag[] {
  const rules: Record<string, Tag['rule']> = {
    value_tier: {
      layers: [
        { if: spent(50_000), value: '高' },
        { if: spent(10_000), value: '中' },
      ],
      default: '低',
    },
    fav_category: {
      agg: 'most',
      event: 'product_view',
      prop: 'event.category',
      window: { last: 30, unit: 'day' },
      min_count: 2,
    },
    wecom_friend: {
      layers: [{ if: { done: { event: 'wecom_friend_added', op: 'gte', value: 1 } }, value: '是' }],
    },
  }
  return Object.entries(rules).map(([code, rule], i) => {
    const counts = new Map<string, number>()
    for (const person of world.people) {
      const value = tagsOf(person)[code]
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    return {
      code,
      name: TAG_NAMES[code]!,
      category: (['value', 'behaviour', 'attribute'] as const)[i]!,
      value_type: 'enum',
      version: 1,
      updated_at: now,
      count: [...counts.values()].reduce((a, b) => a + b, 0),
      values: [...counts]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count),
      rule: now > 0 ? rule : null,
      given: 0,
      refresh: 'realtime',
      group: '',
      owner: '',
      ttl: null,
      as_of: null,
      next_run: null,
    }
  })
}

function spent(fen: number) {
  const window = { last: 365, unit: 'day' }
  return {
    done: {
      event: 'order_paid',
      agg: 'sum',
      prop: 'event.amount_fen',
      op: 'gte',
      value: fen,
      window,
    },
  }
}

export function journeyRows(world: World) {
  return world.journeys.map(({ definition, state, enrollments, updated_at }) => {
    const stats = statsOf(definition, enrollments)
    const active = enrollments.filter((e) => e.state === 'active').length
    const { id, name, version } = definition
    const { entered, goal } = stats
    return { id, name, version, state, active, entered, goal, exited: entered - active, updated_at }
  })
}

export function schema(world: World): Schema {
  const events = new Map<string, { count: number; properties: Map<string, string> }>()
  for (const person of world.people)
    for (const event of person.events) {
      const entry = events.get(event.name) ?? { count: 0, properties: new Map() }
      entry.count++
      for (const [name, value] of Object.entries(event.props))
        entry.properties.set(name, typeof value)
      events.set(event.name, entry)
    }
  return {
    events: [...events]
      .map(([name, e]) => ({
        name,
        count: e.count,
        properties: [...e.properties].map(([p, type]) => ({ name: p, type })),
      }))
      .sort((a, b) => b.count - a.count),
    traits: Object.entries(traitsOf(world.people[0]!)).map(([name, value]) => ({
      name,
      type: typeof value,
      data_class: 'public',
    })),
  }
}

export function changes(id: string, now: number) {
  const rng = new Rng(id.length * 7919)
  return Array.from({ length: 14 }, (_, i) => ({
    t: Date.parse(formatDate(now - (13 - i) * DAY)) - 8 * 3_600_000,
    entered: rng.int(2, 34),
    left: rng.int(1, 22),
  }))
}
