import { expect, it } from 'vitest'
import { readTagValue, showTagValue } from './tag-value'

it('reads what was typed as a value of the type', () => {
  expect(readTagValue('enum', ' 高 ')).toBe('高')
  expect(readTagValue('number', '12.5')).toBe(12.5)
  expect(readTagValue('number', '一')).toBeNull()
  expect(readTagValue('bool', 'false')).toBe(false)
  expect(readTagValue('date', '2026-3-1')).toBeNull()
  expect(readTagValue('date', '2026-03-01')).toBe('2026-03-01')
  expect(readTagValue('string_set', '茶,咖啡、茶;')).toEqual(['茶', '咖啡'])
  expect(readTagValue('enum', '  ')).toBeNull()
})

it('shows sets and yes or no in words', () => {
  expect(showTagValue(['茶', '咖啡'], '是', '否')).toBe('茶、咖啡')
  expect(showTagValue(false, '是', '否')).toBe('否')
  expect(showTagValue(3, '是', '否')).toBe('3')
})
