import { createRouter, createWebHistory } from 'vue-router'
import { rooms } from './rooms'
import { i18n, loadRoomWords } from './shared/i18n'
import { useSession } from './shared/session'

const pages = rooms.flatMap((room) => room.routes)

export const router = createRouter({
  history: createWebHistory('/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    ...pages.filter((route) => route.meta?.public),
    {
      path: '/',
      component: () => import('./layouts/ConsoleLayout.vue'),
      children: [
        ...pages.filter((route) => !route.meta?.public),
        {
          path: '/:path(.*)*',
          name: 'notFound',
          meta: { title: 'title.notFound' },
          component: () => import('./layouts/NotFoundPage.vue'),
        },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.public) return true
  const session = useSession()
  try {
    if (await session.restore()) return true
  } catch {
    // The server does not answer: show the page, whose own request tells the reader and can retry.
    return true
  }
  return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})

router.beforeResolve(async (to) => {
  const { room, asks, conditions } = to.meta
  await Promise.all([
    room && loadRoomWords(room),
    asks && loadRoomWords('questions'),
    conditions && loadRoomWords('conditions'),
  ])
})

router.afterEach((to) => {
  const title = to.meta.title ? i18n.global.t(to.meta.title) : ''
  document.title = title ? `${title} · Weir` : 'Weir'
})
