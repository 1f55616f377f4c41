// Vue Flow is imported here and nowhere else; the journey page loads this chunk on demand.
import '@vue-flow/core/dist/style.css'

export {
  BaseEdge,
  getSmoothStepPath,
  Handle,
  MarkerType,
  Position,
  useVueFlow,
  VueFlow,
} from '@vue-flow/core'
export type { Edge, EdgeProps, Node, NodeMouseEvent } from '@vue-flow/core'
