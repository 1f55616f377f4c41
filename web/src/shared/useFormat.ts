import * as f from './format'
import { locale } from './i18n'

/** The formatters of format.ts in the current language; use inside templates and computeds. */
export function useFormat() {
  return {
    number: f.formatNumber,
    compact: (value: number | null | undefined) => f.formatCompact(value, locale.value),
    money: f.formatMoney,
    percent: f.formatPercent,
    time: f.formatTime,
    date: f.formatDate,
    clock: f.formatClock,
    bytes: f.formatBytes,
    duration: (ms: number | null | undefined) => f.formatDuration(ms, locale.value),
    iso: (text: unknown) => f.formatIsoDuration(text, locale.value),
    ago: (ms: number | null | undefined, now = Date.now()) =>
      f.formatRelative(ms, now, locale.value),
  }
}
