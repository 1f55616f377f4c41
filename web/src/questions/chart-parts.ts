import { CHART_GRID, CHART_TEXT } from '@/adapter/chart-theme'

// The look that all charts of this room share.
export const grid = { left: 16, right: 22, top: 58, bottom: 4, containLabel: true }

export const legend = {
  top: 0,
  left: 0,
  type: 'plain' as const,
  itemWidth: 12,
  itemHeight: 8,
  textStyle: { color: CHART_TEXT },
}

export function categoryAxis(data: string[]) {
  return {
    type: 'category' as const,
    data,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: CHART_GRID } },
    axisLabel: { color: CHART_TEXT, hideOverlap: true },
  }
}

/** A handful of names, each shown, in two lines where one is too long. */
export function fewNames(data: string[]) {
  const axis = categoryAxis(data)
  const wrapped = { interval: 0, width: 90, overflow: 'break' as const }
  return { ...axis, axisLabel: { ...axis.axisLabel, ...wrapped, hideOverlap: false } }
}

export function valueAxis(name: string, format: (value: number) => string) {
  return {
    type: 'value' as const,
    name,
    nameTextStyle: { color: CHART_TEXT, align: 'left' as const },
    splitLine: { lineStyle: { color: CHART_GRID } },
    axisLabel: { color: CHART_TEXT, formatter: format },
  }
}
