import { IconAnalysis } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'analysis',
  menu: {
    order: 70,
    title: 'menu.analysis',
    icon: IconAnalysis,
    to: '/analysis/funnel',
    match: ['/analysis'],
  },
  routes: [
    { path: '/analysis', redirect: '/analysis/funnel' },
    {
      path: '/analysis/funnel',
      name: 'funnel',
      meta: { room: 'analysis', title: 'title.funnel' },
      component: () => import('./funnel/FunnelPage.vue'),
    },
    {
      path: '/analysis/trends',
      name: 'trends',
      meta: { room: 'analysis', title: 'title.trends' },
      component: () => import('./trends/TrendsPage.vue'),
    },
  ],
} satisfies Room
