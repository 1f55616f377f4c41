import { expect, it } from 'vitest'
import { newRow, shortValue, splitField, toForm, toRules } from './rules-form'

it('fills in what the server leaves out, and gives the same rules back', () => {
  const form = toForm({ kinds: [{ kind: 'phone', max: 3 }] })
  expect(form.kinds[0]).toEqual({ ...newRow('phone'), max: 3 })
  expect([form.soft, form.hard, form.persons_max, form.window_days]).toEqual([50, 100, 5, 30])
  expect(toForm(toRules(form))).toEqual(form)
})

it('sends an account only where one is named, and no window without a limit', () => {
  const form = toForm({ kinds: [{ kind: 'openid', scope: ' wx1 ', window_days: 7 }] })
  expect(toRules(form).kinds[0]).toMatchObject({ scope: 'wx1', max: 0, window_days: 0 })
  form.kinds[0]!.scope = '  '
  expect(toRules(form).kinds[0]).not.toHaveProperty('scope')
})

it('tells the parts of a changed field apart, also where the account has dots', () => {
  expect(splitField('kinds.phone.max')).toEqual({ kind: 'phone', scope: '', field: 'max' })
  expect(splitField('kinds.user_id@shop.example.com.max')).toEqual({
    kind: 'user_id',
    scope: 'shop.example.com',
    field: 'max',
  })
  expect(splitField('cluster.soft')).toEqual({ kind: '', scope: '', field: 'cluster_soft' })
})

it('shortens tokens of personal values only', () => {
  expect(shortValue('0123456789abcdef0123456789abcdef')).toBe('012345…')
  expect(shortValue('test')).toBe('test')
})
