import { IconSettings } from '@/adapter/icons'
import type { Room } from '@/shared/room'

export default {
  name: 'settings',
  menu: {
    order: 80,
    title: 'menu.settings',
    icon: IconSettings,
    to: '/settings',
    match: ['/settings'],
  },
  routes: [
    {
      path: '/settings',
      name: 'settings',
      meta: { room: 'settings', title: 'menu.settings' },
      component: () => import('./pages/SettingsPage.vue'),
    },
  ],
} satisfies Room
