/**
 * TensorFlow.js' side of `bench -- peers`: the same networks and the same step, on random data in memory, in its own layout
 * [N, H, W, C]. Running statistics of batch norms are left out, in its favor.
 *
 * Usage: tfjs.js '{"name": "vgg", "inputShape": [3, 32, 32], "classes": 10, "batchSize": 8, "device": "wasm"}'. Speaks the
 * lines of bench/worker.ts.
 */
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'
import { serve } from './serve.js'

const relu = (x) => tf.relu(x)
const pool = (x) => tf.maxPool(x, 2, 2, 'valid')

function weight(shape) {
  const fan = shape.slice(0, -1).reduce((a, b) => a * b, 1)
  return tf.variable(tf.randomNormal(shape, 0, Math.sqrt(2 / fan)))
}

function linear(inputs, outputs) {
  const [w, b] = [weight([inputs, outputs]), tf.variable(tf.zeros([outputs]))]
  return (x) => tf.add(tf.matMul(x.rank === 2 ? x : tf.reshape(x, [x.shape[0], -1]), w), b)
}

function conv(inputs, outputs, kernel, pad, bias) {
  const w = weight([kernel, kernel, inputs, outputs])
  const b = bias && tf.variable(tf.zeros([outputs]))
  return (x) => {
    const y = tf.conv2d(x, w, 1, pad)
    return b ? tf.add(y, b) : y
  }
}

function batchNorm(channels) {
  const [scale, offset] = [tf.variable(tf.ones([channels])), tf.variable(tf.zeros([channels]))]
  return (x) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2])
    return tf.batchNorm(x, mean, variance, offset, scale, 1e-5)
  }
}

const networks = {
  mlp: ([c, h, w], classes) => [linear(c * h * w, 512), relu, linear(512, 512), relu, linear(512, classes)],
  lenet([channels, height, width], classes) {
    const after = (size) => Math.floor((Math.floor(size / 2) - 4) / 2)
    return [
      conv(channels, 6, 5, 'same', true),
      relu,
      pool,
      conv(6, 16, 5, 'valid', true),
      relu,
      pool,
      linear(16 * after(height) * after(width), 120),
      relu,
      linear(120, 84),
      relu,
      linear(84, classes),
    ]
  },
  vgg([channels, height, width], classes) {
    const block = (a, b) => [conv(a, b, 3, 'same', false), batchNorm(b), relu]
    return [
      ...[...block(channels, 64), ...block(64, 64), pool],
      ...[...block(64, 128), ...block(128, 128), pool],
      ...[...block(128, 256), ...block(256, 256), pool],
      linear(256 * Math.floor(height / 8) * Math.floor(width / 8), classes),
    ]
  },
}

await serve(async ({ name, inputShape, classes, batchSize, device }) => {
  await tf.setBackend(device)
  const [channels, height, width] = inputShape
  const layers = networks[name](inputShape, classes)
  const inputs = tf.randomNormal([batchSize, height, width, channels])
  const labels = tf.cast(tf.oneHot(tf.randomUniform([batchSize], 0, classes, 'int32'), classes), 'float32')
  const optimizer = tf.train.momentum(0.01, 0.9)
  const loss = () => {
    const logits = layers.reduce((x, layer) => layer(x), inputs)
    return tf.losses.softmaxCrossEntropy(labels, logits)
  }
  const variables = Object.values(tf.engine().registeredVariables)
  return {
    parameters: variables.filter(({ trainable }) => trainable).reduce((total, { size }) => total + size, 0),
    async step() {
      const cost = optimizer.minimize(loss, true)
      const [value] = await cost.data()
      cost.dispose()
      return value
    },
  }
})
