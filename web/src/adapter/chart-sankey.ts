// Sankey diagrams, for the pages that draw them: importing this makes the type known.
import { SankeyChart } from 'echarts/charts'
import { use } from 'echarts/core'

use([SankeyChart])
