// Vue Flow is imported here and nowhere else; the journey page loads this chunk on demand.
import '@vue-flow/core/dist/style.css'

export { Handle, MarkerType, Position, useVueFlow, VueFlow } from '@vue-flow/core'
export type { Edge, Node, NodeMouseEvent } from '@vue-flow/core'
