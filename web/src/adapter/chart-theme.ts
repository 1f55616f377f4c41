/** Series colours, told apart also by people who do not see red and green as different. */
export const CHART_COLORS = [
  '#0e6ebf',
  '#12a594',
  '#f2a33a',
  '#7b61d1',
  '#e0607e',
  '#5b8c2a',
  '#3aa0dd',
  '#b4662b',
]
export const CHART_GRID = '#e8ecf1'
export const CHART_TEXT = '#5c6878'
