/** Lowering: passes that rewrite a correct graph into one that is fast on the machine at hand. */
import { expandFunctions, type Graph } from '../../graph/index.ts'

/** The graph in the forms that are fast here; only operators that ONNX Runtime has remain. */
export function lower(graph: Graph): Graph {
  return expandFunctions(graph)
}
