import { IconJourneys } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'journeys',
  menu: {
    order: 40,
    title: 'menu.journeys',
    icon: IconJourneys,
    to: '/journeys',
    match: ['/journeys'],
  },
  routes: [
    {
      path: '/journeys',
      name: 'journeys',
      meta: { room: 'journeys', title: 'menu.journeys' },
      component: () => import('./pages/JourneysPage.vue'),
    },
    {
      path: '/journeys/:id',
      name: 'journey',
      meta: { room: 'journeys', title: 'title.journey' },
      component: () => import('./pages/JourneyPage.vue'),
    },
  ],
} satisfies Room
