// The console API contract, in one place. Times are epoch milliseconds, money is fen.
// To be generated from /api/openapi.json once the server describes itself; edit nowhere else.

export type Channel = 'wechat' | 'wecom' | 'sms' | 'app' | 'web' | 'member'

export interface Operator {
  username: string
  role: string
}

export interface SessionBody {
  operator: Operator
  csrf: string
}

export interface OverviewJourney {
  id: string
  name: string
  active: number
  entered: number
  goal: number
}

export interface RecentEvent {
  event_time: number
  name: string
  profile_id: string
  display_name: string
  summary: string
}

export interface Overview {
  as_of: number
  events_total: number
  /** Absent when analytics did not answer in time; so is `orders_today`. */
  events_today?: number
  events_per_second: number
  profiles_total: number
  identities_total: number
  merges_total: number
  quarantined_total: number
  messages: {
    sent: number
    delivered: number
    failed: number
    suppressed: number
    unknown: number
  }
  coupons: { issued: number; redeemed: number }
  journeys: OverviewJourney[]
  orders_today?: { count: number; amount_fen: number }
  log: { end: number; cursor: number; lag_records: number; disk_bytes: number }
  recent: RecentEvent[]
  series: { t: number; events: number }[]
}

export interface ProfileRow {
  profile_id: string
  display_name: string
  channels: Channel[]
  identity_count: number
  event_count: number
  first_seen: number
  last_seen: number
  tags: string[]
}

export interface ProfileList {
  total: number
  profiles: ProfileRow[]
  next_cursor: string | null
}

export interface IdentityRef {
  kind: string
  scope: string
  value: string
}

export interface Identity extends IdentityRef {
  first_seen: number
  last_seen: number
  source: string
}

export interface IdentityLink {
  a: IdentityRef
  b: IdentityRef
  rule: string
  /** Why the two were not joined although a record carried both; empty when they were. */
  refused?: string
  time: number
  position: number | string
  message_id: string
  source: string
}

export interface Trait {
  name: string
  value: unknown
  data_class: 'public' | 'personal' | 'sensitive'
  source: string
  time: number
}

export interface ProfileTag {
  code: string
  name: string
  value: unknown
  since: number
}

export interface ConsentRow {
  channel: string
  purpose: string
  state: 'granted' | 'withdrawn'
  time: number
  source: string
}

export interface ProfileEnrollment {
  enrollment_id: string
  journey_id: string
  journey_name: string
  state: string
  node: string
  entered_at: number
  exit_reason: string | null
}

export interface ProfileCoupon {
  coupon_id: string
  template: string
  state: string
  issued_at: number
  valid_until: number
}

export interface ProfileMessage {
  delivery_id: string
  channel: string
  template: string
  state: MessageState
  reason: string | null
  time: number
}

export interface ProfileDetail {
  profile_id: string
  display_name: string
  created_at: number
  first_seen: number
  last_seen: number
  event_count: number
  merged_into: string | null
  identities: Identity[]
  links: IdentityLink[]
  traits: Trait[]
  tags: ProfileTag[]
  segments: { id: string; name: string; since: number }[]
  consents: ConsentRow[]
  enrollments: ProfileEnrollment[]
  coupons: ProfileCoupon[]
  messages: ProfileMessage[]
}

export interface TimelineEvent {
  event_time: number
  name: string
  kind: string
  source: string
  identity: { kind: string; value: string }
  message_id: string
  position: number | string
  properties: Record<string, unknown>
}

export interface Timeline {
  events: TimelineEvent[]
  next: string | null
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type SegmentDef = { [key: string]: Json }

export interface Segment {
  id: string
  name: string
  version: number
  count: number
  updated_at: number
  def: SegmentDef
}

export interface SegmentDetail extends Segment {
  changes: { t: number; entered: number; left: number }[]
}

export interface SegmentSaved {
  id: string
  version: number
  count: number
}

export interface SegmentPreview {
  count: number
  universe: number
  sample: { profile_id: string; display_name: string }[]
  as_of: number
}

export interface Tag {
  code: string
  name: string
  category: string
  value_type: string
  version: number
  count: number
  values: { value: unknown; count: number }[]
  rule: Json
}

export type JourneyState = 'live' | 'paused' | 'stopped'

export interface JourneyRow {
  id: string
  name: string
  version: number
  state: JourneyState
  active: number
  entered: number
  goal: number
  exited: number
  updated_at: number
}

export interface JourneyChainAttempt {
  channel: string
  template?: string
  when?: string[]
  receipt_timeout?: string
  staff?: string
}

/** One step of a journey. Which fields are present depends on `type` (SEMANTICS JN6). */
export interface JourneyNode {
  type: string
  on?: Record<string, string>
  cases?: { if: Json; to: string }[]
  else?: string
  chain?: JourneyChainAttempt[]
  [field: string]: unknown
}

export interface JourneyDefinition {
  schema: string
  id: string
  version: number
  name: string
  subject?: string
  trigger: { type: string; event?: string; filter?: Json; max_age?: string; [f: string]: unknown }
  entry?: {
    key?: string
    limit?: { mode: string; period?: string }
    concurrency?: number
    purpose?: string
  }
  holdout?: { global?: boolean; control_pct?: number; salt?: string }
  goal?: { event: string; filter?: Json; window?: string; exit?: boolean }
  exit_when?: { event?: string; segment?: string; filter?: Json }[]
  policy?: {
    category?: string
    priority?: number
    caps?: boolean
    quiet_hours?: { start: string; end: string; action: string }
  }
  start: string
  nodes: Record<string, JourneyNode>
}

export interface NodeStats {
  entered: number
  waiting: number
  outcomes: Record<string, number>
}

export interface JourneyStats {
  nodes: Record<string, NodeStats>
  entered: number
  refused: Record<string, number>
  goal: number
  exited: Record<string, number>
  control: number
}

export interface JourneyDetail {
  definition: JourneyDefinition
  state: JourneyState
  version: number
  stats: JourneyStats
}

export interface Enrollment {
  enrollment_id: string
  profile_id: string
  display_name: string
  key: string
  state: string
  node: string
  entered_at: number
  updated_at: number
  exit_reason: string | null
}

export interface EnrollmentList {
  enrollments: Enrollment[]
  next_cursor: string | null
}

export interface TraceStep {
  time: number
  node: string
  type: string
  what: string
  /** One line of text; codes and UTC times (rooms/journeys/trace.ts puts them in words). */
  detail: Json
}

export interface EnrollmentDetail extends Enrollment {
  trace: TraceStep[]
}

export type MessageState =
  'planned' | 'sending' | 'accepted' | 'confirmed' | 'failed' | 'suppressed' | 'unknown'

export interface MessageRow {
  delivery_id: string
  profile_id: string
  display_name: string
  channel: string
  template: string
  journey_id: string
  node: string
  state: MessageState
  reason: string | null
  attempts: number
  time: number
}

export interface MessageList {
  messages: MessageRow[]
  next_cursor: string | null
}

export interface CouponTemplate {
  id: string
  name: string
  stock: number
  issued: number
  redeemed: number
  budget_fen: number
  spent_fen: number
}

export type Filter = { [key: string]: Json }

export interface QueryRange {
  from?: string
  to?: string
  last?: number
  unit?: string
}

export interface TrendsSeriesQuery {
  name: string
  event: string
  measure: string | { agg: string; prop: string }
  filter?: Filter
}

export interface TrendsQuery {
  kind: 'trends'
  range: QueryRange
  interval: 'hour' | 'day' | 'week' | 'month'
  series: TrendsSeriesQuery[]
  breakdown?: { prop: string }[]
  compare?: 'previous'
}

export interface TrendsSeries {
  name: string
  breakdown: string[]
  values: (number | null)[]
  total: number | null
  final: boolean[]
  /** Present when the query asked to compare; same length as `values`. */
  previous?: { values: (number | null)[]; total: number | null }
}

export interface TrendsAnswer {
  kind: 'trends'
  as_of: number
  buckets: string[]
  series: TrendsSeries[]
  events_scanned: number
  elapsed_ms: number
  approx: boolean
}

export interface FunnelQuery {
  kind: 'funnel'
  range: QueryRange
  window: { value: number; unit: string }
  order: 'sequential' | 'strict' | 'any'
  counting: 'uniques'
  entry: 'any' | 'first'
  steps: { event: string; filter?: Filter }[]
  breakdown?: { prop: string; attribution?: string }[]
  output: string[]
}

export interface FunnelStep {
  event: string
  count: number
  step_rate: number | null
  overall_rate: number | null
  drop: number
}

export interface FunnelAnswer {
  kind: 'funnel'
  as_of: number
  steps: FunnelStep[]
  breakdown?: { value: string; steps: FunnelStep[] }[]
  trend?: { bucket: string; counts: number[] }[]
  time_to_convert?: {
    avg_ms: number | null
    p50_ms: number | null
    p90_ms: number | null
    min_ms: number | null
    max_ms: number | null
    histogram: { from_ms: number; to_ms: number | null; count: number }[]
  }
  pending: number
  events_scanned: number
  elapsed_ms: number
  approx: boolean
}

export interface Connector {
  id: string
  kind: 'wechat' | 'wecom' | 'sms'
  name: string
  instance: string
  base_url: string
  state: 'healthy' | 'degraded' | 'down' | 'unknown'
  token_expires_at: number | null
  last_callback_at: number | null
  last_send_at: number | null
  last_error: string | null
  sent: number
  failed: number
  in_flight: number
  webhook_url: string
}

export interface QuarantineItem {
  id: string
  time: number
  source: string
  protocol: string
  reason: string
  field: string | null
  message: string
  payload: unknown
  payload_cut?: boolean
}

export interface QuarantineList {
  total: number
  items: QuarantineItem[]
  next_cursor: string | null
}

export interface ImportRow {
  id: string
  file: string
  as: 'events' | 'orders' | 'profiles'
  state: string
  rows: number
  accepted: number
  deduplicated: number
  quarantined: number
  started_at: number
  updated_at: number
}

export interface Schema {
  events: { name: string; count: number; properties: { name: string; type: string }[] }[]
  traits: { name: string; type: string; data_class: string }[]
}
