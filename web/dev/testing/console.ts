// Mounts a page of the console over the mock API, for component tests.
import { enableAutoUnmount, flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, vi } from 'vitest'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { rooms } from '../../src/rooms'
import { setHttpHooks } from '../../src/shared/http'
import { i18n, loadRoomWords, setLocale } from '../../src/shared/i18n'
import { useSession } from '../../src/shared/session'
import { createMock } from '../mock/handle'

enableAutoUnmount(afterEach)

export interface Served {
  /** Every request the page sent. */
  requests: { method: string; path: string; csrf: string | null }[]
  /** Makes a path answer something else, such as an error. */
  answer: (path: string, status: number, body: unknown) => void
}

/** Puts the mock behind `fetch`. A session cookie is kept as a browser would. */
export function serve(): Served {
  const now = Date.UTC(2026, 2, 10)
  const handle = createMock(now)
  const requests: Served['requests'] = []
  const overrides = new Map<string, { status: number; body: unknown }>()
  let cookie: string | null = null
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const method = init.method ?? 'GET'
    const csrf = new Headers(init.headers).get('X-Weir-CSRF')
    const path = new URL(input, 'http://mock').pathname
    requests.push({ method, path, csrf })
    const body = init.body ? JSON.parse(String(init.body)) : null
    const override = overrides.get(path)
    const reply = override ?? handle({ method, url: input, body, session: cookie, csrf }, now)
    const set = 'cookie' in reply ? (reply.cookie as string | undefined) : undefined
    if (set !== undefined) cookie = set === '' ? null : set
    return new Response(JSON.stringify(reply.body), { status: reply.status })
  })
  return {
    requests,
    answer: (path, status, body) => overrides.set(path, { status, body }),
  }
}

export async function open(
  page: Component,
  room: string,
  path: string,
  as: 'guest' | 'operator' = 'operator',
  props: Record<string, unknown> = {},
): Promise<VueWrapper> {
  const pinia = createPinia()
  setActivePinia(pinia)
  const session = useSession()
  setHttpHooks({ csrf: () => session.csrf, onUnauthenticated: () => session.forget() })
  await setLocale('zh-CN')
  await loadRoomWords(room)
  if (as === 'operator') await session.login('admin', 'weir-demo')
  const router = createRouter({
    history: createMemoryHistory(),
    routes: rooms.flatMap((r) => r.routes),
  })
  await router.push(path)
  const wrapper = mount(page, {
    props,
    global: { plugins: [pinia, i18n, router] },
    attachTo: document.body,
  })
  await flushPromises()
  return wrapper
}
