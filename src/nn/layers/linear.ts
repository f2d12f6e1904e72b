import { ensureKnownOptions, sizeOf } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import { gemm, reshape } from '../../ops/index.ts'
import { expectInput, expectWhole } from '../expect.ts'
import { defineLayer, type Initializer, type ParamSpec } from '../layer.ts'
import { bias, weight } from '../params.ts'

export interface LinearOptions {
  /** Whether an offset is added (default true). */
  bias?: boolean
  /** How the weight starts (default Kaiming normal; for a last layer `init.normal(0.01)` gives an initial loss of ln C). */
  init?: Initializer
}

/**
 * y = x W^T + b over the last axis: [N, ..., in] -> [N, ..., out].
 *
 * Parameters: `weight` [out, in], `bias` [out].
 * @throws if a size is not a positive whole number; when the graph is built, if the last axis of x is not `inFeatures`.
 */
export const linear = defineLayer(
  'linear',
  (inFeatures: number, outFeatures: number, options: LinearOptions = {}) => {
    ensureKnownOptions('linear', options, ['bias', 'init'])
    expectWhole('linear', 'the number of inputs', inFeatures)
    expectWhole('linear', 'the number of outputs', outFeatures)
    const params: Record<string, ParamSpec> = { weight: weight([outFeatures, inFeatures], options.init) }
    if (options.bias ?? true) params.bias = bias([outFeatures])
    return {
      params,
      forward(x, { weight, bias }) {
        expectFeatures(x, inFeatures, outFeatures)
        const rows = reshape(x, [sizeOf(x.shape.slice(0, -1)), inFeatures])
        return reshape(gemm(rows, weight!, { bias, transB: true }), [...x.shape.slice(0, -1), outFeatures])
      },
    }
  },
  {
    doc: 'y = x W^T + b over the last axis.',
    examples: [
      { name: 'rows', args: [5, 3], input: [4, 5] },
      { name: 'sequences, without bias', args: [5, 3, { bias: false }], input: [2, 3, 5] },
    ],
  },
)

function expectFeatures(x: Value, inFeatures: number, outFeatures: number): void {
  const rest = sizeOf(x.shape.slice(1))
  const advice =
    x.rank > 2
      ? rest === inFeatures
        ? 'put nn.flatten() before it'
        : `put nn.flatten() before it and set the layer to nn.linear(${rest}, ${outFeatures})`
      : `set the layer to nn.linear(${rest}, ${outFeatures}), or change what comes before it`
  expectInput(x.rank >= 2 && x.shape.at(-1) === inFeatures, 'linear', `[N, ${inFeatures}]`, x, advice)
}
