import { describe, expect, it } from 'vitest'
import { errorText, fieldName } from './error-text'
import { ApiError } from './http'
import { setLocale, useWords } from './i18n'

describe('errors in the words of operators', () => {
  it('names the field and keeps what the server said', async () => {
    await setLocale('zh-CN')
    const words = useWords()
    expect(fieldName('steps[1].filter', words)).toBe('步骤 2的筛选条件')
    expect(fieldName('series[0].measure.prop', words)).toBe('指标 1的统计方式的属性')
    expect(fieldName('grace_ms', words)).toBe('grace_ms')
    const error = new ApiError(400, 'invalid_argument', '"window" must be …', 'window')
    expect(errorText(error, words)).toBe('「窗口期」条件有误。详情:"window" must be …')
    expect(errorText(new ApiError(0, 'network', 'x'), words)).toContain('连不上服务器')
    expect(errorText(new ApiError(500, 'odd', 'x'), words)).toBe('没有成功。详情:x')
  })
})
