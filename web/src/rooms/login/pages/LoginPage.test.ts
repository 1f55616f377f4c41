import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { safeReturnPath } from '@/shared/return-path'
import { useSession } from '@/shared/session'
import { open, serve } from '../../../../dev/testing/console'
import LoginPage from './LoginPage.vue'

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

async function submit(password: string) {
  const served = serve()
  const page = await open(LoginPage, 'login', '/login?next=/people', 'guest')
  await page.find('input[name=username]').setValue('admin')
  await page.find('input[name=password]').setValue(password)
  await page.find('form').trigger('submit')
  await flushPromises()
  return { page, served }
}

it('keeps a wrong password out and says so', async () => {
  const { page } = await submit('nonsense')
  expect(page.find('[data-test=problem]').text()).toContain('不正确')
  expect(useSession().operator).toBeNull()
})

it('takes the right password and sends the CSRF token with what follows', async () => {
  const { served } = await submit('weir-demo')
  expect(useSession().operator?.username).toBe('admin')
  await useSession().logout()
  const logout = served.requests.find((r) => r.path === '/api/logout')
  expect(logout).toMatchObject({ method: 'POST', csrf: 'mock-csrf' })
})

it('returns only to paths of the console', () => {
  expect(safeReturnPath('/people?x=1')).toBe('/people?x=1')
  expect(safeReturnPath('//evil.example')).toBe('/')
  expect(safeReturnPath('/\\evil.example')).toBe('/')
  expect(safeReturnPath('https://evil.example')).toBe('/')
  expect(safeReturnPath(undefined)).toBe('/')
})
