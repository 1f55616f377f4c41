import { IconSources } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'sources',
  menu: {
    order: 60,
    title: 'menu.sources',
    icon: IconSources,
    to: '/sources',
    match: ['/sources'],
  },
  routes: [
    {
      path: '/sources',
      component: () => import('./pages/SourcesPage.vue'),
      children: [
        {
          path: '',
          name: 'connectors',
          meta: { room: 'sources', title: 'title.connectors' },
          component: () => import('./pages/ConnectorsPage.vue'),
        },
        {
          path: 'quarantine',
          name: 'quarantine',
          meta: { room: 'sources', title: 'title.quarantine' },
          component: () => import('./pages/QuarantinePage.vue'),
        },
        {
          path: 'imports',
          name: 'imports',
          meta: { room: 'sources', title: 'title.imports' },
          component: () => import('./pages/ImportsPage.vue'),
        },
      ],
    },
  ],
} satisfies Room
