import type { Component } from 'vue'
import {
  IconCoupon,
  IconFork,
  IconHourglass,
  IconMessages,
  IconStop,
  IconTags,
  IconTask,
  IconTime,
  IconTrigger,
  IconView,
} from '@/adapter/icons'

interface Look {
  icon: Component
  color: string
}

const LOOKS: Record<string, Look> = {
  entry: { icon: IconTrigger, color: '#0e6ebf' },
  wait: { icon: IconTime, color: '#7a6ad0' },
  wait_until: { icon: IconTime, color: '#7a6ad0' },
  wait_event: { icon: IconHourglass, color: '#7a6ad0' },
  branch: { icon: IconFork, color: '#c07a12' },
  split: { icon: IconFork, color: '#c07a12' },
  send: { icon: IconMessages, color: '#0f8a76' },
  issue_coupon: { icon: IconCoupon, color: '#c8506a' },
  set_tag: { icon: IconTags, color: '#5b7a1f' },
  set_property: { icon: IconTags, color: '#5b7a1f' },
  assign_task: { icon: IconTask, color: '#2a75d0' },
  exit: { icon: IconStop, color: '#68768a' },
}

/** Icon and colour of a node type; unknown types look plain but are drawn. */
export const lookOf = (type: string): Look => LOOKS[type] ?? { icon: IconView, color: '#68768a' }
