// How the console writes numbers, money, times and durations. Pure functions; the language comes in
// as an argument so that tests need no app around them. Components use `useFormat()`.

export type Locale = 'zh-CN' | 'en-US'

/** What stands in for a value that does not exist, such as a ratio with a zero base (G13). */
export const NONE = '—'

const ZONE = 'Asia/Shanghai'

type Maybe = number | null | undefined

function missing(value: Maybe): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value)
}

/** 1234567 → 1,234,567. At most `digits` decimals. */
export function formatNumber(value: Maybe, digits = 0): string {
  if (missing(value)) return NONE
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }).format(value)
}

/** Shortened for axes: 12.3万 / 12.3K. */
export function formatCompact(value: Maybe, locale: Locale): string {
  if (missing(value)) return NONE
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(
    value,
  )
}

/** Fen to yuan: 123456 → ¥1,234.56. */
export function formatMoney(fen: Maybe): string {
  if (missing(fen)) return NONE
  const sign = fen < 0 ? '-' : ''
  const yuan = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  }).format(Math.abs(fen) / 100)
  return `${sign}¥${yuan}`
}

/** 0.66666 → 66.67%. Half-up to two decimals (G13); null stays a dash. */
export function formatPercent(ratio: Maybe, digits = 2): string {
  if (missing(ratio)) return NONE
  const scale = 10 ** digits
  // The epsilon undoes binary noise such as 0.28545 * 10000 = 2854.4999.
  const rounded = Math.round(ratio * 100 * scale + 1e-7) / scale
  return `${rounded.toFixed(digits)}%`
}

const clock = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function parts(ms: number): Record<string, string> {
  return Object.fromEntries(clock.formatToParts(ms).map((part) => [part.type, part.value]))
}

/** 2026-03-02 10:05:00 in the project's time zone. */
export function formatTime(ms: Maybe): string {
  if (missing(ms)) return NONE
  const p = parts(ms)
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`
}

export function formatDate(ms: Maybe): string {
  return missing(ms) ? NONE : formatTime(ms).slice(0, 10)
}

export function formatClock(ms: Maybe): string {
  return missing(ms) ? NONE : formatTime(ms).slice(11)
}

const UNITS = {
  'zh-CN': { d: ' 天', h: ' 小时', m: ' 分钟', s: ' 秒', ms: ' 毫秒', join: ' ' },
  'en-US': { d: 'd', h: 'h', m: 'min', s: 's', ms: 'ms', join: ' ' },
}

/** A length of time in its two largest units: 2 天 8 小时. */
export function formatDuration(ms: Maybe, locale: Locale): string {
  if (missing(ms)) return NONE
  const u = UNITS[locale]
  if (Math.abs(ms) < 1000) return `${Math.round(ms)}${u.ms}`
  let rest = Math.round(Math.abs(ms) / 1000)
  const out: string[] = []
  const sizes = [
    [86400, u.d],
    [3600, u.h],
    [60, u.m],
    [1, u.s],
  ] as const
  for (const [size, name] of sizes) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0) out.push(`${n}${name}`)
    else if (out.length > 0) break
    if (out.length === 2) break
  }
  return (ms < 0 ? '-' : '') + out.join(u.join)
}

const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** PT30M → 1800000; null when it is not an ISO 8601 duration of weeks to seconds. */
export function parseIsoDuration(iso: string): number | null {
  const match = ISO.exec(iso)
  if (!match || iso === 'P' || iso.endsWith('T')) return null
  const [w, d, h, m, s] = match.slice(1).map((part) => Number(part ?? 0))
  return ((((w! * 7 + d!) * 24 + h!) * 60 + m!) * 60 + s!) * 1000
}

/** PT30M → 30 分钟; text that is no duration is shown as it is. */
export function formatIsoDuration(iso: unknown, locale: Locale): string {
  if (typeof iso !== 'string') return NONE
  const ms = parseIsoDuration(iso)
  return ms === null ? iso : formatDuration(ms, locale)
}

/** 3 分钟前 / 3 min ago; a date when it is more than a week away. */
export function formatRelative(ms: Maybe, now: number, locale: Locale): string {
  if (missing(ms)) return NONE
  const diff = ms - now
  const size = Math.abs(diff)
  if (size > 7 * 86_400_000) return formatDate(ms)
  if (size < 5000) return locale === 'zh-CN' ? '刚刚' : 'just now'
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' })
  if (size < 60_000) return format.format(Math.trunc(diff / 1000), 'second')
  if (size < 3_600_000) return format.format(Math.trunc(diff / 60_000), 'minute')
  if (size < 86_400_000) return format.format(Math.trunc(diff / 3_600_000), 'hour')
  return format.format(Math.trunc(diff / 86_400_000), 'day')
}

/** 1536 → 1.5 KiB. */
export function formatBytes(bytes: Maybe): string {
  if (missing(bytes)) return NONE
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let i = 0
  while (value >= 1024 && i < names.length - 1) {
    value /= 1024
    i++
  }
  return `${formatNumber(value, i === 0 ? 0 : 1)} ${names[i]}`
}

/** 13812345678 → 138****5678. What is already masked, or no mobile number, stays as it is. */
export function maskPhone(phone: string): string {
  return phone.replace(/^((?:\+?86)?1\d{2})\d{4}(\d{4})$/, '$1****$2')
}
