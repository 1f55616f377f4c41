import { expect, it } from 'vitest'
import { csvCell, emptyForm, parseRows, toDefinition } from './rows'

it('reads the lines of a file, with scope, quotes and a head line', () => {
  const text = '\uFEFFkind,identity,tag,value\r\nopenid@wx1,o-1,level,"金,卡"\nuser_id,7,level,\n\n'
  expect(parseRows(text)).toEqual([
    { kind: 'openid', scope: 'wx1', identity: 'o-1', tag: 'level', value: '金,卡' },
    { kind: 'user_id', scope: '', identity: '7', tag: 'level', value: '' },
  ])
})

it('makes a definition once everything needed is said', () => {
  const form = { ...emptyForm(), code: 'fav', name: '' }
  expect(toDefinition(form)).toBeNull()
  form.name = '偏好'
  form.group = 'g'
  form.ttl_days = 30
  expect(toDefinition(form)).toEqual({
    name: '偏好',
    category: 'attribute',
    value_type: 'enum',
    group: 'g',
    ttl: 'P30D',
  })
  form.by = 'events'
  form.agg = 'most'
  form.event = 'view'
  expect(toDefinition(form)).toBeNull()
  form.prop = 'category'
  expect(toDefinition(form)).toMatchObject({
    value_type: 'enum',
    refresh: { schedule: '0 2 * * *' },
    rule: { agg: 'most', prop: 'event.category', window: { last: 30, unit: 'day' } },
  })
})

it('writes no cell that a spreadsheet would calculate', () => {
  expect(csvCell('=1+1')).toBe('"\'=1+1"')
  expect(csvCell('a"b')).toBe('"a""b"')
})
