import { IconAnalysis } from '@/adapter/icons'
import { PAGES } from '@/questions/kinds'
import type { Room } from '@/shared/room'

export default {
  name: 'analysis',
  menu: {
    order: 75,
    title: 'menu.analysis',
    icon: IconAnalysis,
    to: '/analysis/trends',
    match: ['/analysis'],
  },
  routes: [
    { path: '/analysis', redirect: '/analysis/trends' },
    ...PAGES.map((page) => ({
      path: `/analysis/${page}`,
      name: page,
      meta: { asks: true, title: `questions.page.${page}.title` },
      props: { page },
      component: () => import('./pages/AnalysisPage.vue'),
    })),
  ],
} satisfies Room
