import { describe, expect, it } from 'vitest'
import * as f from './format'

describe('numbers', () => {
  it('puts separators between thousands', () => {
    expect(f.formatNumber(1234567)).toBe('1,234,567')
    expect(f.formatNumber(12.345, 1)).toBe('12.3')
  })
  it('writes a dash for what does not exist', () => {
    expect(f.formatNumber(null)).toBe('—')
    expect(f.formatPercent(null)).toBe('—')
    expect(f.formatMoney(undefined)).toBe('—')
    expect(f.formatTime(null)).toBe('—')
  })
  it('turns fen into yuan, also when negative', () => {
    expect(f.formatMoney(123456)).toBe('¥1,234.56')
    expect(f.formatMoney(-500)).toBe('-¥5.00')
    expect(f.formatMoney(0)).toBe('¥0.00')
  })
  it('rounds percentages half up to two decimals', () => {
    expect(f.formatPercent(4 / 6)).toBe('66.67%')
    expect(f.formatPercent(0.28545)).toBe('28.55%')
    expect(f.formatPercent(1)).toBe('100.00%')
    expect(f.formatPercent(0.125, 0)).toBe('13%')
  })
  it('shortens axis labels in the reader’s units', () => {
    expect(f.formatCompact(123456, 'zh-CN')).toBe('12.3万')
    expect(f.formatCompact(123456, 'en-US')).toBe('123.5K')
  })
  it('writes bytes in binary units', () => {
    expect(f.formatBytes(512)).toBe('512 B')
    expect(f.formatBytes(1536)).toBe('1.5 KiB')
    expect(f.formatBytes(5 * 1024 ** 3)).toBe('5 GiB')
  })
})

describe('times', () => {
  it('shows instants in Asia/Shanghai whatever the machine’s zone', () => {
    expect(f.formatTime(1772380800000)).toBe('2026-03-02 00:00:00')
    expect(f.formatDate(1772380799999)).toBe('2026-03-01')
  })
  it('names the two largest units of a duration', () => {
    expect(f.formatDuration(1_800_000, 'zh-CN')).toBe('30 分钟')
    expect(f.formatDuration(202_200_000, 'zh-CN')).toBe('2 天 8 小时')
    expect(f.formatDuration(3_600_000 + 5_000, 'en-US')).toBe('1h')
    expect(f.formatDuration(250, 'en-US')).toBe('250ms')
  })
  it('reads ISO durations and leaves other text alone', () => {
    expect(f.parseIsoDuration('PT30M')).toBe(1_800_000)
    expect(f.parseIsoDuration('P3D')).toBe(259_200_000)
    expect(f.parseIsoDuration('P1DT2H')).toBe(93_600_000)
    expect(f.parseIsoDuration('30m')).toBeNull()
    expect(f.formatIsoDuration('PT4H', 'zh-CN')).toBe('4 小时')
    expect(f.formatIsoDuration('soon', 'zh-CN')).toBe('soon')
  })
  it('says how long ago, and the date when it is far', () => {
    const now = 1772380800000
    expect(f.formatRelative(now - 180_000, now, 'zh-CN')).toBe('3分钟前')
    expect(f.formatRelative(now - 1000, now, 'en-US')).toBe('just now')
    expect(f.formatRelative(now - 30 * 86_400_000, now, 'zh-CN')).toBe('2026-01-31')
  })
})

describe('personal values', () => {
  it('masks mobile numbers and leaves masked ones alone', () => {
    expect(f.maskPhone('13812345678')).toBe('138****5678')
    expect(f.maskPhone('+8613812345678')).toBe('+86138****5678')
    expect(f.maskPhone('138****5678')).toBe('138****5678')
    expect(f.maskPhone('oABCD')).toBe('oABCD')
  })
})
