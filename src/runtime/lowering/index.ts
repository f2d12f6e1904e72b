/** Lowering: passes that rewrite a correct graph into one that is fast on the machine at hand. */
import { expandFunctions, type Graph, verify } from '../../graph/index.ts'
import { toBlockedLayout } from './blocked.ts'
import { turnFewRows } from './few-rows.ts'
import { foldAffine } from './fold-affine.ts'
import { splitHeads } from './heads.ts'
import { fastProducts } from './products.ts'
import { joinRecurrent } from './recurrent.ts'
import { tileRows } from './row-tiles.ts'
import { simplify } from './simplify.ts'

/** What lowering may know of the machine. */
export interface Target {
  /** Channels per block of ONNX Runtime's convolution layout here; undefined where it has none. */
  readonly block: number | undefined
}

/** The graph in the forms that are fast on `target`; results differ by rounding only. */
export function lower(graph: Graph, { block }: Target): Graph {
  const folded = verify(foldAffine(graph), 'foldAffine')
  const apart = verify(splitHeads(folded), 'splitHeads')
  const simple = verify(simplify(apart), 'simplify')
  const blocked = block ? verify(toBlockedLayout(simple, block), 'toBlockedLayout') : simple
  const joined = verify(joinRecurrent(blocked), 'joinRecurrent')
  const tiled = verify(tileRows(expandFunctions(joined)), 'tileRows')
  const turned = verify(turnFewRows(tiled), 'turnFewRows')
  return verify(fastProducts(turned), 'fastProducts')
}
