import { IconMessages } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'messages',
  menu: {
    order: 50,
    title: 'menu.messages',
    icon: IconMessages,
    to: '/messages',
    match: ['/messages'],
  },
  routes: [
    {
      path: '/messages',
      name: 'messages',
      meta: { room: 'messages', title: 'menu.messages' },
      component: () => import('./pages/MessagesPage.vue'),
    },
  ],
} satisfies Room
