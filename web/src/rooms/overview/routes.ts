import { IconDashboard } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'overview',
  menu: { order: 10, title: 'menu.overview', icon: IconDashboard, to: '/', match: ['/'] },
  routes: [
    {
      path: '/',
      name: 'overview',
      meta: { room: 'overview', title: 'menu.overview' },
      component: () => import('./pages/OverviewPage.vue'),
    },
  ],
} satisfies Room
