import { IconPeople } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'people',
  menu: { order: 20, title: 'menu.people', icon: IconPeople, to: '/people', match: ['/people'] },
  routes: [
    {
      path: '/people',
      name: 'people',
      meta: { room: 'people', title: 'menu.people' },
      component: () => import('./pages/PeoplePage.vue'),
    },
    {
      path: '/people/rules',
      name: 'identity-rules',
      meta: { room: 'people', title: 'title.identityRules' },
      component: () => import('./pages/IdentityRulesPage.vue'),
    },
    {
      path: '/people/traits',
      name: 'traits',
      meta: { room: 'people', title: 'title.traits' },
      component: () => import('./pages/TraitsPage.vue'),
    },
    {
      path: '/people/:id',
      name: 'profile',
      meta: { room: 'people', title: 'title.profile' },
      component: () => import('./pages/ProfilePage.vue'),
    },
  ],
} satisfies Room
