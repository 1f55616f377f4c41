// The server's trace lines in an operator's words. Lines carry codes and UTC times; an unknown code
// is shown as it is.
import type { TraceStep } from '@/shared/api-types'
import { formatTime } from '@/shared/format'
import type { Words } from '@/shared/i18n'

export interface TraceGroup {
  /** Empty for what happened at the entrance, before any node. */
  node: string
  type: string
  time: number
  steps: TraceStep[]
}

/** Consecutive lines of one node belong together. */
export function groupTrace(trace: TraceStep[]): TraceGroup[] {
  const groups: TraceGroup[] = []
  for (const step of trace) {
    const last = groups[groups.length - 1]
    if (last && last.node === step.node) last.steps.push(step)
    else {
      const type = step.node === '' ? 'entry' : step.type
      groups.push({ node: step.node, type, time: step.time, steps: [step] })
    }
  }
  return groups
}

const UTC = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

/** `nameOf` turns a node id into its name. */
export function explainDetail(
  step: Pick<TraceStep, 'what' | 'detail'>,
  { t, word, exitName }: Pick<Words, 't' | 'word' | 'exitName'>,
  nameOf: (node: string) => string,
): string {
  const { what, detail } = step
  if (detail === null || detail === '' || detail === undefined) return ''
  if (typeof detail !== 'string') return JSON.stringify(detail)
  const text = detail.replace(UTC, (time) => formatTime(Date.parse(time)))
  const [, head, rest] = /^(\S+)([\s\S]*)$/.exec(text) ?? ['', text, '']
  switch (what) {
    case 'attempt':
    case 'accepted':
    case 'confirmed':
      return word('channel', head) + rest
    case 'failed':
    case 'suppressed':
      return word('reason', head!.replace(/[:,;]$/, '')) + rest
    case 'exit':
      return exitName(head) + rest
    case 'goal':
    case 'matched':
      return word('event', head) + rest
    case 'entered':
      return `${t('journeys.key')} ${text}`
    case 'chose':
      return head === 'end' ? word('exit', 'end') : nameOf(head!)
    case 'waiting':
      if (head === 'until') return t('journeys.until', { time: rest!.trim() })
      if (text === 'for the receipt') return t('journeys.forReceipt')
      return rest!.startsWith(' until ')
        ? `${word('event', head)} · ${t('journeys.until', { time: rest!.slice(7) })}`
        : text
    case 'deferred':
    case 'retry':
      return t('journeys.until', { time: rest!.trim() })
    default:
      return text
  }
}
