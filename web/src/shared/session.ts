import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Operator, SessionBody } from './api-types'
import { ApiError, get, post } from './http'

/** Who is at the console. The cookie is HttpOnly; only the CSRF token is kept here, in memory. */
export const useSession = defineStore('session', () => {
  const operator = ref<Operator | null>(null)
  const csrf = ref<string | null>(null)
  let probed = false

  function take(body: SessionBody): void {
    operator.value = body.operator
    csrf.value = body.csrf
    probed = true
  }

  /** Asks the server once whether the cookie is still good. Throws only if it cannot be reached. */
  async function restore(): Promise<boolean> {
    if (operator.value) return true
    if (probed) return false
    try {
      take(await get<SessionBody>('/api/session', { on401: 'caller' }))
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        probed = true
        return false
      }
      throw error
    }
  }

  async function login(username: string, password: string): Promise<void> {
    take(await post<SessionBody>('/api/login', { username, password }, { on401: 'caller' }))
  }

  async function logout(): Promise<void> {
    try {
      await post('/api/logout', {}, { on401: 'caller' })
    } finally {
      forget()
    }
  }

  function forget(): void {
    operator.value = null
    csrf.value = null
    probed = true
  }

  return { operator, csrf, restore, login, logout, forget }
})
