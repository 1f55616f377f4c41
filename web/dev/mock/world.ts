import type {
  Connector,
  ImportRow,
  JourneyDefinition,
  JourneyState,
  MessageRow,
  QuarantineItem,
  Segment,
  SegmentDef,
} from '../../src/shared/api-types'
import { DEFINITIONS } from './definitions'
import { enroll, type Played } from './enrollments'
import { DAY, makePerson, type Person } from './people'
import { Rng } from './rng'
import { demoSaved, type Saved } from './saved'
import { SEGMENTS } from './segments'

export interface MockJourney {
  definition: JourneyDefinition
  state: JourneyState
  enrollments: Played[]
  updated_at: number
}

/** Everything the mock knows: one department store brand, made from a seed. */
export interface World {
  saved: Saved
  started: number
  people: Person[]
  byId: Map<string, Person>
  /** Static segments, saved from the people behind a number. */
  frozen: Segment[]
  segments: { id: string; name: string; def: SegmentDef; version: number; updated_at: number }[]
  journeys: MockJourney[]
  messages: MessageRow[]
  connectors: Connector[]
  quarantine: QuarantineItem[]
  imports: ImportRow[]
}

export function makeWorld(now: number, size = 860): World {
  const rng = new Rng(20_260_302)
  const people = Array.from({ length: size }, (_, n) => makePerson(rng, n, now))
  const messages: MessageRow[] = []
  const journeys = DEFINITIONS.map((definition) => ({
    definition,
    state: 'live' as JourneyState,
    enrollments: enrollAll(rng, definition, people, messages, now),
    updated_at: now - 2 * DAY,
  }))
  messages.sort((a, b) => b.time - a.time)
  return {
    started: now,
    saved: demoSaved(now),
    people,
    byId: new Map(people.map((person) => [person.id, person])),
    frozen: [],
    segments: SEGMENTS.map((s, i) => ({
      ...s,
      version: 1 + (i % 3),
      updated_at: now - (i + 1) * 3_600_000 * 7,
    })),
    journeys,
    messages,
    connectors: connectors(now),
    quarantine: quarantine(rng, now),
    imports: [
      {
        id: 'imp_1',
        file: 'online_retail.csv.gz',
        as: 'orders',
        state: 'done',
        rows: 541_909,
        accepted: 525_461,
        deduplicated: 5_268,
        quarantined: 11_180,
        rows_done: 541_909,
        next_item: 525_461,
        started_at: now - 2 * 3_600_000,
        updated_at: now - 2 * 3_600_000 + 41_000,
      },
      {
        id: 'imp_2',
        file: 'members.csv',
        as: 'profiles',
        state: 'running',
        rows: 15_000,
        accepted: 9_120,
        deduplicated: 34,
        quarantined: 3,
        rows_done: 9_157,
        next_item: 9_120,
        started_at: now - 20_000,
        updated_at: now - 1_000,
      },
    ],
  }
}

function enrollAll(
  rng: Rng,
  definition: JourneyDefinition,
  people: Person[],
  messages: MessageRow[],
  now: number,
): Played[] {
  const list: Played[] = []
  for (const person of people) {
    for (const event of person.events) {
      if (event.name !== definition.trigger.event || event.t < now - 12 * DAY) continue
      const key = String(event.props.sku_id ?? '')
      if (key && list.some((e) => e.profile_id === person.id && e.key === key)) continue
      const goal = person.events.find((e) => e.t > event.t && e.name === definition.goal?.event)
      const goal_at = definition.goal?.exit ? (goal?.t ?? null) : null
      list.push(enroll(rng, definition, person, key, event.t, goal_at, now, messages))
    }
  }
  return list.sort((a, b) => b.entered_at - a.entered_at)
}

function connectors(now: number): Connector[] {
  return [
    {
      id: 'wechat-main',
      kind: 'wechat',
      name: '城隍百货服务号',
      instance: 'main',
      base_url: 'http://127.0.0.1:8421',
      state: 'healthy',
      token_expires_at: now + 5_400_000,
      last_callback_at: now - 3_000,
      last_send_at: now - 21_000,
      last_error: '',
      sent: 1842,
      failed: 611,
      unknown: 0,
      callbacks: 4210,
      callbacks_refused: 0,
      in_flight: 0,
      webhook_url: '/webhooks/wechat/main',
    },
    {
      id: 'wecom-main',
      kind: 'wecom',
      name: '城隍百货企业微信',
      instance: 'main',
      base_url: 'http://127.0.0.1:8421',
      state: 'degraded',
      token_expires_at: now + 1_200_000,
      last_callback_at: now - 95_000,
      last_send_at: now - 340_000,
      last_error: '45009 api freq out of limit (add_msg_template)',
      sent: 702,
      failed: 88,
      unknown: 0,
      callbacks: 4210,
      callbacks_refused: 0,
      in_flight: 14,
      webhook_url: '/webhooks/wecom/main',
    },
    {
      id: 'sms-aliyun',
      kind: 'sms',
      name: '阿里云短信',
      instance: 'aliyun',
      base_url: 'http://127.0.0.1:8421',
      state: 'healthy',
      token_expires_at: 0,
      last_callback_at: now - 12_000,
      last_send_at: now - 44_000,
      last_error: '',
      sent: 1205,
      failed: 37,
      unknown: 0,
      callbacks: 4210,
      callbacks_refused: 0,
      in_flight: 2,
      webhook_url: '/webhooks/sms/aliyun',
    },
  ]
}

function quarantine(rng: Rng, now: number): QuarantineItem[] {
  const samples: Omit<QuarantineItem, 'id' | 'time'>[] = [
    {
      source: 'import:online_retail.csv.gz',
      protocol: 'import/orders',
      reason: 'missing_identity',
      field: 'CustomerID',
      message: 'row has no CustomerID: an order needs an identity',
      payload_cut: false,
      payload: JSON.stringify({
        InvoiceNo: '536414',
        StockCode: '22139',
        Quantity: '56',
        UnitPrice: '0',
        CustomerID: '',
      }),
    },
    {
      source: 'segment-js',
      protocol: 'segment',
      reason: 'event_too_old',
      field: 'timestamp',
      message: 'timestamp 2019-04-01T08:00:00Z is more than 365 days before it was received',
      payload_cut: false,
      payload: JSON.stringify({
        type: 'track',
        event: 'product_view',
        messageId: '7f1c…',
        timestamp: '2019-04-01T08:00:00Z',
      }),
    },
    {
      source: 'sensors',
      protocol: 'sensors',
      reason: 'bad_value',
      field: 'properties.price',
      message: 'price "¥19.9" is not a number',
      payload_cut: false,
      payload: JSON.stringify({
        type: 'track',
        event: 'add_to_cart',
        properties: { price: '¥19.9', phone: '138****2231' },
      }),
    },
    {
      source: 'wechat:main',
      protocol: 'webhook/wechat',
      reason: 'unknown_event',
      field: 'Event',
      message: 'event "card_pass_check" is not known to the connector',
      payload_cut: false,
      payload: JSON.stringify({
        MsgType: 'event',
        Event: 'card_pass_check',
        FromUserName: 'oX…9c',
      }),
    },
  ]
  return Array.from({ length: 37 }, (_, i) => ({
    ...samples[i % samples.length]!,
    id: rng.id('q_', 8),
    time: now - i * 640_000 - rng.int(0, 60_000),
  }))
}
