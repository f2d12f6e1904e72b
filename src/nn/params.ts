import type { Shape } from '../core/index.ts'
import { kaimingNormal, ones, zeros } from './init.ts'
import type { BufferSpec, Initializer, ParamSpec } from './layer.ts'

/** A weight [out, in, ...]; Kaiming normal by fan in unless told otherwise. Decays. */
export const weight = (shape: Shape, init: Initializer = kaimingNormal()): ParamSpec => ({
  shape,
  init,
  decay: true,
})

/**
 * An offset; zeros unless told otherwise (PyTorch draws those of linear and conv layers from +-1 / sqrt(fan in)).
 * Does not decay: it has no scale to keep small, and pulling it to 0 only shifts what the layer says.
 */
export const bias = (shape: Shape, init: Initializer = zeros): ParamSpec => ({ shape, init, decay: false })

/** The scale of a norm; ones unless told otherwise. Does not decay: the next layer would undo it. */
export const scale = (shape: Shape, init: Initializer = ones): ParamSpec => ({ shape, init, decay: false })

/** A float32 tensor that is kept with the parameters but not trained. */
export const buffer = (shape: Shape, init: Initializer): BufferSpec => ({ shape, init, dtype: 'float32' })
