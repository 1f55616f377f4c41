// Box plots, for the pages that draw them: importing this makes the type known.
import { BoxplotChart } from 'echarts/charts'
import { use } from 'echarts/core'

use([BoxplotChart])
