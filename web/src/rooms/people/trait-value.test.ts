import { expect, it } from 'vitest'
import { parseTraitValue } from './trait-value'

it.each([
  ['text', ' 杭州 ', '杭州'],
  ['number', '12.5', 12.5],
  ['number', 'many', undefined],
  ['bool', 'true', true],
  ['bool', 'yes', undefined],
  ['list', '茶, 咖啡，酒', ['茶', '咖啡', '酒']],
  ['date', '1990-05-01', '1990-05-01'],
  ['date', 'May', undefined],
  ['json', '{"a":1}', { a: 1 }],
  ['json', '7', undefined],
  ['json', '{', undefined],
  ['sealed', '13800138000', '13800138000'],
  ['text', '  ', undefined],
])('reads %s of "%s"', (type, text, value) => {
  expect(parseTraitValue(type, text)).toEqual(value)
})
