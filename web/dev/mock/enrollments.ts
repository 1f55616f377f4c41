import type {
  EnrollmentDetail,
  JourneyDefinition,
  JourneyNode,
  JourneyStats,
  MessageRow,
  TraceStep,
} from '../../src/shared/api-types'
import { parseIsoDuration } from '../../src/shared/format'
import type { Person } from './people'
import type { Rng } from './rng'

const FAILURES: Record<string, string> = {
  mp_template: 'not_subscribed',
  mp_customer_service: 'window_expired',
  wecom_guide_task: 'staff_timeout',
  wecom_welcome: 'window_expired',
  sms: 'invalid_content',
}
const ACCEPTS: Record<string, number> = {
  mp_template: 0.64,
  mp_customer_service: 0.86,
  wecom_guide_task: 0.72,
  wecom_welcome: 0.9,
  sms: 0.95,
}

/** An enrollment as the mock plays it: its trace keeps values, `wireTrace` writes them as text. */
export interface Played extends Omit<EnrollmentDetail, 'trace'> {
  trace: PlayedStep[]
}

interface PlayedStep extends Omit<TraceStep, 'detail'> {
  detail: Record<string, string | number> | null
}

interface Walk {
  rng: Rng
  definition: JourneyDefinition
  enrollment: Played
  messages: MessageRow[]
  now: number
  goal_at: number | null
}

/** Plays one person through a journey up to `now`, leaving a trace and messages behind. */
export function enroll(
  rng: Rng,
  definition: JourneyDefinition,
  person: Person,
  key: string,
  entered_at: number,
  goal_at: number | null,
  now: number,
  messages: MessageRow[],
): Played {
  const enrollment: Played = {
    enrollment_id: rng.id('en_', 10),
    journey_id: definition.id,
    journey_name: definition.name,
    profile_id: person.id,
    display_name: person.name,
    key,
    state: 'active',
    arm: 'treated',
    node: definition.start,
    version: definition.version,
    entered_at,
    updated_at: entered_at,
    goal_at: 0,
    exit_reason: '',
    trace: [],
  }
  const walk: Walk = { rng, definition, enrollment, messages, now, goal_at }
  let at = entered_at
  let node_id: string | null = definition.start
  for (let steps = 0; node_id !== null && steps < 40; steps++) {
    const node: JourneyNode = definition.nodes[node_id]!
    enrollment.node = node_id
    note(walk, at, node_id, node.type, 'entered', null)
    if (node.type === 'exit') {
      finish(walk, at, node_id, String(node.reason))
      break
    }
    const step = run(walk, node_id, node, at)
    if (step === null) break
    at = step.at
    node_id = step.next
  }
  return enrollment
}

function note(
  walk: Walk,
  time: number,
  node: string,
  type: string,
  what: string,
  detail: PlayedStep['detail'],
): void {
  walk.enrollment.trace.push({ time, node, type, what, detail })
  walk.enrollment.updated_at = time
}

function finish(walk: Walk, at: number, node: string, reason: string): void {
  walk.enrollment.state = 'exited'
  walk.enrollment.exit_reason = reason
  if (reason === 'goal') walk.enrollment.goal_at = at
  note(walk, at, node, 'exit', 'exit', { reason })
}

/** One node. Null when the person is still waiting in it or left early. */
function run(
  walk: Walk,
  id: string,
  node: JourneyNode,
  at: number,
): { at: number; next: string } | null {
  const { rng, now, goal_at } = walk
  if (node.type.startsWith('wait')) {
    const length = parseIsoDuration(String(node.for ?? node.timeout ?? 'PT6H'))!
    const matched = node.type === 'wait_event' && rng.chance(0.45)
    const until = at + (matched ? Math.floor(length * rng.next()) : length)
    note(walk, at, id, node.type, 'waiting', { until })
    if (goal_at !== null && goal_at >= at && goal_at <= Math.min(until, now)) {
      finish(walk, goal_at, id, 'goal')
      return null
    }
    if (until > now) return null
    const outcome = node.type === 'wait_event' ? (matched ? 'matched' : 'timeout') : 'done'
    note(walk, until, id, node.type, outcome, null)
    return { at: until, next: node.on![outcome]! }
  }
  if (node.type === 'branch') {
    const hit = rng.chance(0.18)
    note(walk, at, id, node.type, hit ? 'case_1' : 'else', null)
    return { at, next: hit ? node.cases![0]!.to : node.else! }
  }
  if (node.type === 'send') return send(walk, id, node, at)
  if (node.type === 'issue_coupon') {
    const outcome = rng.weighted({ ok: 90, already_owned: 8, out_of_stock: 2 })
    const detail =
      outcome === 'ok' ? { coupon_id: rng.id('CP', 8), template: String(node.template) } : null
    note(walk, at, id, node.type, outcome === 'ok' ? 'issued' : outcome, detail)
    return { at, next: node.on![outcome]! }
  }
  const outcome = Object.keys(node.on!)[0]!
  note(walk, at, id, node.type, outcome, node.tag ? { tag: String(node.tag) } : null)
  return { at, next: node.on![outcome]! }
}

function send(
  walk: Walk,
  id: string,
  node: JourneyNode,
  at: number,
): { at: number; next: string } | null {
  const { rng, enrollment } = walk
  if (rng.chance(0.06)) {
    const reason = rng.pick(['capped', 'no_consent', 'holdout'])
    note(walk, at, id, 'send', 'suppressed', { reason })
    record(
      walk,
      id,
      node.chain![0]!.channel,
      node.chain![0]!.template ?? '',
      'suppressed',
      reason,
      0,
      at,
    )
    return { at, next: node.on!.suppressed! }
  }
  let failed: string | null = null
  for (const attempt of node.chain!) {
    const when = attempt.when
    if (failed !== null && when && !when.includes('*') && !when.includes(failed)) continue
    note(walk, at, id, 'send', 'attempt', {
      channel: attempt.channel,
      template: attempt.template ?? '',
    })
    const asked = at
    if (attempt.channel === 'wecom_guide_task') at += rng.int(5, 90) * 60_000
    if (at > walk.now) {
      note(walk, asked, id, 'send', 'waiting', { for: 'receipt' })
      record(walk, id, attempt.channel, attempt.template ?? '', 'sending', null, 1, asked)
      return null
    }
    if (rng.chance(ACCEPTS[attempt.channel] ?? 0.9)) {
      const state = rng.weighted({ confirmed: 86, accepted: 10, unknown: 4 })
      note(walk, at, id, 'send', 'accepted', {
        channel: attempt.channel,
        delivery_id: rng.id('dl_', 8),
      })
      record(walk, id, attempt.channel, attempt.template ?? '', state, null, 1, at)
      return { at, next: node.on!.sent! }
    }
    failed = FAILURES[attempt.channel] ?? 'provider_error'
    note(walk, at, id, 'send', 'failed', { channel: attempt.channel, reason: failed })
    record(walk, id, attempt.channel, attempt.template ?? '', 'failed', failed, 1, at)
  }
  enrollment.updated_at = at
  return { at, next: node.on!.failed! }
}

function record(
  walk: Walk,
  node: string,
  channel: string,
  template: string,
  state: MessageRow['state'],
  reason: string | null,
  attempts: number,
  time: number,
): void {
  const { enrollment, rng, definition } = walk
  const { profile_id, display_name, enrollment_id } = enrollment
  walk.messages.push({
    delivery_id: rng.id('dl_', 10),
    profile_id,
    display_name,
    channel,
    template,
    journey_id: definition.id,
    enrollment_id,
    node,
    message: '',
    state,
    reason: reason ?? '',
    detail: '',
    attempts,
    planned_at: time,
    time,
  })
}

/** What the real server keeps as counters, counted here from the traces so that both agree. */
export function statsOf(definition: JourneyDefinition, list: Played[]): JourneyStats {
  const stats: JourneyStats = {
    nodes: {},
    entered: 0,
    refused: {},
    goal: 0,
    exited: {},
    control: 0,
    control_goal: 0,
  }
  for (const id of Object.keys(definition.nodes)) {
    stats.nodes[id] = { entered: 0, waiting: 0, outcomes: {} }
  }
  const bump = (counts: Record<string, number>, key: string) =>
    (counts[key] = (counts[key] ?? 0) + 1)
  for (const enrollment of list) {
    stats.entered++
    const trace = enrollment.trace
    trace.forEach((step, i) => {
      const node = stats.nodes[step.node]!
      if (step.what === 'entered') node.entered++
      else if (step.type === 'send') {
        const next = trace[i + 1]
        const leaves = next === undefined || next.node !== step.node
        if (step.what === 'accepted') bump(node.outcomes, 'sent')
        else if (step.what === 'suppressed' || (step.what === 'failed' && leaves))
          bump(node.outcomes, step.what)
      } else if (step.what === 'issued') bump(node.outcomes, 'ok')
      else if (step.what !== 'waiting' && step.what !== 'exit') bump(node.outcomes, step.what)
    })
    if (enrollment.state === 'active') stats.nodes[enrollment.node]!.waiting++
    else bump(stats.exited, enrollment.exit_reason || 'end')
    if (enrollment.exit_reason === 'goal') stats.goal++
  }
  stats.control = Math.round((stats.entered * (definition.holdout?.control_pct ?? 0)) / 100)
  stats.refused = {
    already_in: Math.round(stats.entered * 0.07),
    limit: Math.round(stats.entered * 0.03),
    too_old: 2,
  }
  return stats
}

/** The trace as the server sends it: one line of text a step, nodes not announced on entering. */
export function wireTrace(enrollment: Played): TraceStep[] {
  const utc = (ms: number) => new Date(ms).toISOString()
  const text = (step: PlayedStep): string => {
    const d = step.detail ?? {}
    if (d.until) return `until ${utc(Number(d.until))}`
    if (d.for) return 'for the receipt'
    if (step.what === 'attempt') return `${d.channel} ${d.template}`
    return String(d.reason ?? d.coupon_id ?? d.channel ?? d.tag ?? '')
  }
  const entry = { node: '', type: '', what: 'entered', detail: enrollment.key }
  return [
    { time: enrollment.entered_at, ...entry },
    ...enrollment.trace
      .filter((step) => step.what !== 'entered')
      .map((step) => ({ ...step, detail: text(step) })),
  ]
}
