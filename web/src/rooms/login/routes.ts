import type { Room } from '@/shared/room'

export default {
  name: 'login',
  routes: [
    {
      path: '/login',
      name: 'login',
      meta: { room: 'login', title: 'title.login', public: true },
      component: () => import('./pages/LoginPage.vue'),
    },
  ],
} satisfies Room
