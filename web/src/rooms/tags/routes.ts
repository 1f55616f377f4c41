import type { Room } from '@/shared/room'

/** Tags have no entry of their own in the menu: operators find them beside the segments. */
export default {
  name: 'tags',
  routes: [
    {
      path: '/tags',
      name: 'tags',
      meta: { room: 'tags', title: 'menu.tags' },
      component: () => import('./pages/TagsPage.vue'),
    },
    {
      path: '/tags/:code',
      name: 'tag',
      meta: { room: 'tags', conditions: true, title: 'title.tag' },
      component: () => import('./pages/TagPage.vue'),
    },
  ],
} satisfies Room
