import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ComposeOption, type EChartsType } from 'echarts/core'
import type {
  BarSeriesOption,
  BoxplotSeriesOption,
  LineSeriesOption,
  SankeySeriesOption,
} from 'echarts/charts'
import type {
  GridComponentOption,
  LegendComponentOption,
  TooltipComponentOption,
} from 'echarts/components'
import { CanvasRenderer } from 'echarts/renderers'

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  GridComponent,
  LegendComponent,
  LineChart,
  TooltipComponent,
])

// The types of series that a page loads itself (chart-boxplot.ts, chart-sankey.ts) are spelled here
// too: options are one type, whichever module draws them.
export type ChartOption = ComposeOption<
  | BarSeriesOption
  | BoxplotSeriesOption
  | SankeySeriesOption
  | LineSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
>
export type Chart = EChartsType
export { init }
