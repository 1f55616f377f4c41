import { IconSegments } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'segments',
  menu: {
    order: 30,
    title: 'menu.segments',
    icon: IconSegments,
    to: '/segments',
    match: ['/segments', '/tags'],
  },
  routes: [
    {
      path: '/segments',
      name: 'segments',
      meta: { room: 'segments', asks: true, conditions: true, title: 'menu.segments' },
      component: () => import('./pages/SegmentsPage.vue'),
    },
    {
      path: '/segments/:id',
      name: 'segment',
      meta: { room: 'segments', asks: true, conditions: true, title: 'title.segment' },
      component: () => import('./pages/SegmentPage.vue'),
    },
    {
      path: '/segments/:id/portrait',
      name: 'segmentPortrait',
      meta: { room: 'segments', asks: true, title: 'title.segmentPortrait' },
      component: () => import('./pages/SegmentPortraitPage.vue'),
    },
    {
      path: '/segments/:id/changes',
      name: 'segmentChanges',
      meta: { room: 'segments', title: 'title.segmentChanges' },
      component: () => import('./pages/SegmentChangesPage.vue'),
    },
  ],
} satisfies Room
