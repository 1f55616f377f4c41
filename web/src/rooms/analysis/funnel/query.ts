import type { FunnelQuery, QueryRange } from '@/shared/api-types'
import { eventFilter, hasValue, type Condition } from '@/shared/condition'

export interface StepForm {
  event: string
  filters: Condition[]
}

export interface FunnelForm {
  steps: StepForm[]
  range: QueryRange
  window: { value: number; unit: string }
  order: FunnelQuery['order']
  /** Full property name such as `event.category`; empty for none. */
  breakdown: string
}

export const STEPS_MIN = 2
export const STEPS_MAX = 20

/** Null while a step has no event or a filter is unfinished. */
export function toQuery(form: FunnelForm): FunnelQuery | null {
  const { steps } = form
  if (steps.length < STEPS_MIN || steps.length > STEPS_MAX || form.window.value < 1) return null
  const whole = (c: Condition) => c.prop !== '' && hasValue(c)
  if (!steps.every((step) => step.event !== '' && step.filters.every(whole))) return null
  return {
    kind: 'funnel',
    range: form.range,
    window: form.window,
    order: form.order,
    counting: 'uniques',
    entry: 'any',
    steps: steps.map((step) => {
      const filter = eventFilter(step.filters)
      return filter ? { event: step.event, filter } : { event: step.event }
    }),
    ...(form.breakdown ? { breakdown: [{ prop: form.breakdown, attribution: 'first' }] } : {}),
    output: ['steps', 'trend', 'time_to_convert'],
  }
}
