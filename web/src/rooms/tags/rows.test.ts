import { expect, it } from 'vitest'
import { csvCell, parseRows } from './rows'

it('reads the lines of a file, with scope, quotes and a head line', () => {
  const text = '\uFEFFkind,identity,tag,value\r\nopenid@wx1,o-1,level,"金,卡"\nuser_id,7,level,\n\n'
  expect(parseRows(text)).toEqual([
    { kind: 'openid', scope: 'wx1', identity: 'o-1', tag: 'level', value: '金,卡' },
    { kind: 'user_id', scope: '', identity: '7', tag: 'level', value: '' },
  ])
})

it('writes no cell that a spreadsheet would calculate', () => {
  expect(csvCell('=1+1')).toBe('"\'=1+1"')
  expect(csvCell('a"b')).toBe('"a""b"')
})
