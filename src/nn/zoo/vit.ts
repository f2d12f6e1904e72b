import { ensure, ensureKnownOptions, type Shape } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import { add, pad, reshape, slice, squeeze, transpose } from '../../ops/index.ts'
import { calibrated, normal, xavierUniform, zeros } from '../init.ts'
import { defineLayer, type Initializer, type Layer, type ParamSpec } from '../layer.ts'
import { gelu } from '../layers/activations.ts'
import { multiHeadAttention } from '../layers/attention.ts'
import { sequential } from '../layers/containers.ts'
import { conv2d } from '../layers/conv.ts'
import { dropout } from '../layers/dropout.ts'
import { linear } from '../layers/linear.ts'
import { layerNorm } from '../layers/norms.ts'
import { imageShape, type ModelInfo } from './image.ts'
import { headInit } from './mlp.ts'

export interface VitOptions extends ModelInfo {
  /** Height and width of the squares that an image is cut into (default 4); must divide both sizes of the image. */
  patch: number
  /** Features of each patch (default 192). */
  width: number
  /** Transformer blocks (default 12). */
  depth: number
  /** Heads of the attention (default 3); must divide the width. */
  heads: number
  /** The probability that an element is dropped after each part of a block in training, 0 <= p < 1 (default 0). */
  dropout: number
}

const known = ['inputShape', 'classes', 'patch', 'width', 'depth', 'heads', 'dropout']

/**
 * ViT-Tiny, a vision transformer: the image as a sequence of patches, with a learned token in front whose place at the end of
 * 12 pre-norm blocks is what the class is read from: [N, C, H, W] -> logits [N, classes]. Made for 32x32 in patches of 4x4.
 *
 * Parameters have torchvision's names (`conv_proj.weight`, `encoder.layers.encoder_layer_0.self_attention.in_proj_weight`,
 * `heads.head.weight`). The last normalization works on the first place only: the others are not read.
 * @throws for a patch that does not divide the image, and options out of range.
 * Source: Dosovitskiy et al., An Image is Worth 16x16 Words, 2021; the size is that of Touvron et al., Training Data-Efficient
 *   Image Transformers, 2021.
 */
export function vitTiny(options: Partial<VitOptions> = {}): Layer {
  ensureKnownOptions('vit_tiny', options, known)
  const { patch = 4, width = 192, classes = 10, inputShape = [3, 32, 32] } = options
  const [channels, rows, columns] = imageShape('vit_tiny', inputShape, 1)
  ensure(
    Number.isInteger(patch) && patch > 0 && rows % patch === 0 && columns % patch === 0,
    `vit_tiny: patches of ${patch}x${patch} do not tile images of ${rows}x${columns}`,
    'choose a patch that divides both sizes',
  )
  const places = 1 + (rows / patch) * (columns / patch)
  return classifier({
    conv_proj: conv2d(channels, width, patch, { stride: patch, init: calibrated() }),
    encoder: encoder(places, options),
    heads: sequential({ head: linear(width, classes, { init: headInit }) }),
    width,
  })
}

interface ClassifierParts {
  readonly conv_proj: Layer
  readonly encoder: Layer
  readonly heads: Layer
  readonly width: number
}

/** Patches to a sequence, through the encoder, to scores. */
const classifier = defineLayer('visionTransformer', ({ width, ...children }: ClassifierParts) => ({
  params: { class_token: vector([1, 1, width], zeros) },
  children,
  forward(x, { class_token, conv_proj, encoder, heads }) {
    const patches = conv_proj(x) // [N, D, h, w]
    const [batch, , h, w] = patches.shape as [number, number, number, number]
    const sequence = transpose(reshape(patches, [batch, width, h * w]), [0, 2, 1])
    return heads(encoder(withToken(sequence, class_token)))
  },
}))

/** [N, T, D] -> [N, 1 + T, D]: the token in front, as a sum, which unlike a concatenation holds for any batch size. */
function withToken(sequence: Value, token: Value): Value {
  const length = sequence.shape[1]!
  const front = pad(sequence, [
    [0, 0],
    [1, 0],
    [0, 0],
  ])
  const rest = pad(token, [
    [0, 0],
    [0, length],
    [0, 0],
  ])
  return add(front, rest)
}

/** [N, T, D] -> [N, D]: what the blocks make of the first place. */
const encoder = defineLayer('encoder', (places: number, options: Partial<VitOptions>) => {
  const { width = 192, depth = 12 } = options
  ensure(Number.isInteger(depth) && depth > 0, `vit_tiny: expected a depth of at least 1, got ${depth}`)
  const blocks = Array.from({ length: depth }, (_, i) => [`encoder_layer_${i}`, block(options)] as const)
  return {
    params: { pos_embedding: vector([1, places, width], normal(0.02)) },
    children: {
      dropout: dropout(options.dropout ?? 0),
      layers: sequential(Object.fromEntries(blocks)),
      ln: layerNorm(width, { eps: 1e-6 }),
    },
    forward(x, { pos_embedding, dropout, layers, ln }) {
      const said = layers(dropout(add(x, pos_embedding)))
      return ln(squeeze(slice(said, { axes: 1, starts: 0, ends: 1 }), [1]))
    },
  }
})

/** A pre-norm block under torchvision's names. */
const block = defineLayer('encoderBlock', (options: Partial<VitOptions>) => {
  const { width = 192, heads = 3, dropout: p = 0 } = options
  return {
    children: {
      ln_1: layerNorm(width, { eps: 1e-6 }),
      self_attention: multiHeadAttention(width, heads),
      dropout: dropout(p),
      ln_2: layerNorm(width, { eps: 1e-6 }),
      mlp: sequential(
        linear(width, 4 * width, { init: xavierUniform() }),
        gelu(),
        dropout(p),
        linear(4 * width, width, { init: xavierUniform() }),
        dropout(p),
      ),
    },
    forward(x, { ln_1, self_attention, dropout, ln_2, mlp }) {
      const seen = add(x, dropout(self_attention(ln_1(x))))
      return add(seen, mlp(ln_2(seen)))
    },
  }
})

/** The token and the positions are vectors in their own right, not weights of a sum: they do not decay. */
const vector = (shape: Shape, init: Initializer): ParamSpec => ({ shape, init, decay: false })
