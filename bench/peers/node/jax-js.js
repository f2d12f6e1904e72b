/**
 * jax-js' side of `bench -- peers`: the same networks and the same step as one jitted function, on random data in memory.
 * Running statistics of batch norms are left out, in its favor.
 *
 * Usage: jax-js.js '{"name": "vgg", "inputShape": [3, 32, 32], "classes": 10, "batchSize": 8, "device": "wasm"}'. Speaks the
 * lines of bench/worker.ts. Whatever is used twice is used as `x.ref` before the last time: jax-js counts references.
 */
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  random,
  tree,
  valueAndGrad,
} from '@jax-js/jax'
import { serve } from './serve.js'

const relu = { apply: (_, x) => nn.relu(x) }

/** 2x2 windows side by side. */
const pool = {
  apply(_, x) {
    const [n, c, h, w] = x.shape
    return np.max(x.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5])
  },
}

const linear = (inputs, outputs) => ({
  shapes: { w: [inputs, outputs], b: [outputs] },
  apply: ({ w, b }, x) => np.dot(x.ndim === 2 ? x : x.reshape([x.shape[0], inputs]), w).add(b),
})

const conv = (inputs, outputs, kernel, pad, bias) => ({
  shapes: { w: [outputs, inputs, kernel, kernel], ...(bias && { b: [outputs] }) },
  apply({ w, b }, x) {
    const y = lax.conv(
      x,
      w,
      [1, 1],
      [
        [pad, pad],
        [pad, pad],
      ],
    )
    return b ? y.add(b.reshape([outputs, 1, 1])) : y
  },
})

const batchNorm = (channels) => ({
  shapes: { scale: [channels], b: [channels] },
  apply({ scale, b }, x) {
    const axes = [0, 2, 3]
    const centered = x.ref.sub(np.mean(x, axes, { keepdims: true }))
    const variance = np.mean(np.square(centered.ref), axes, { keepdims: true })
    const factor = np.reciprocal(np.sqrt(variance.add(1e-5))).mul(scale.reshape([channels, 1, 1]))
    return centered.mul(factor).add(b.reshape([channels, 1, 1]))
  },
})

const networks = {
  mlp: ([c, h, w], classes) => [linear(c * h * w, 512), relu, linear(512, 512), relu, linear(512, classes)],
  lenet([channels, height, width], classes) {
    const after = (size) => Math.floor((Math.floor(size / 2) - 4) / 2)
    return [
      ...[conv(channels, 6, 5, 2, true), relu, pool, conv(6, 16, 5, 0, true), relu, pool],
      ...[linear(16 * after(height) * after(width), 120), relu, linear(120, 84), relu, linear(84, classes)],
    ]
  },
  vgg([channels, height, width], classes) {
    const block = (a, b) => [conv(a, b, 3, 1, false), batchNorm(b), relu]
    return [
      ...[...block(channels, 64), ...block(64, 64), pool],
      ...[...block(64, 128), ...block(128, 128), pool],
      ...[...block(128, 256), ...block(256, 256), pool],
      linear(256 * Math.floor(height / 8) * Math.floor(width / 8), classes),
    ]
  },
}

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1)

/** Biases from 0, scales from 1, weights Kaiming normal. */
function start(name, shape, key) {
  if (name === 'b') return np.zeros(shape)
  if (name === 'scale') return np.ones(shape)
  const fan = shape.length === 2 ? shape[0] : sizeOf(shape.slice(1))
  return random.normal(random.key(key), shape).mul(Math.sqrt(2 / fan))
}

await serve(async ({ name, inputShape, classes, batchSize, device }) => {
  await init(device)
  defaultDevice(device)
  const layers = networks[name](inputShape, classes)
  const shapes = layers.map((layer) => Object.entries(layer.shapes ?? {}))
  const initial = shapes.map((named, i) =>
    Object.fromEntries(named.map(([key, shape], j) => [key, start(key, shape, 100 * i + j)])),
  )
  const inputs = random.normal(random.key(0), [batchSize, ...inputShape])
  const classOf = Int32Array.from({ length: batchSize }, () => Math.floor(Math.random() * classes))
  const labels = nn.oneHot(np.array(classOf, { dtype: np.int32 }), classes)

  const lossOf = (parameters, x, y) => {
    const logits = layers.reduce((value, layer, i) => layer.apply(parameters[i], value), x)
    return np.mean(np.sum(nn.logSoftmax(logits).mul(y), 1)).mul(-1)
  }
  const update = jit((parameters, momenta, x, y) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(parameters), x, y)
    const next = tree.map((m, g) => m.mul(0.9).add(g), momenta, gradients)
    const moved = tree.map((p, m) => p.sub(m.mul(0.01)), parameters, tree.ref(next))
    return [loss, moved, next]
  })
  let parameters = initial
  let momenta = tree.map((p) => np.zerosLike(p), tree.ref(initial))
  return {
    parameters: shapes.flat().reduce((total, [, shape]) => total + sizeOf(shape), 0),
    async step() {
      const [loss, moved, next] = update(parameters, momenta, inputs.ref, labels.ref)
      ;[parameters, momenta] = [moved, next]
      await blockUntilReady([moved, next].map((all) => tree.ref(all)))
      return (await loss.data())[0]
    },
  }
})
