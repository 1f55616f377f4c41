import { IconBoards } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'boards',
  menu: { order: 70, title: 'menu.boards', icon: IconBoards, to: '/boards', match: ['/boards'] },
  routes: [
    {
      path: '/boards',
      name: 'boards',
      meta: { room: 'boards', asks: true, title: 'menu.boards' },
      component: () => import('./pages/BoardsPage.vue'),
    },
    {
      path: '/boards/:id',
      name: 'board',
      meta: { room: 'boards', asks: true, title: 'title.board' },
      component: () => import('./pages/BoardPage.vue'),
    },
  ],
} satisfies Room
