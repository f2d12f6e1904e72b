import {
  type Initializer,
  init,
  type Layer,
  linear,
  rnn,
  sequential,
  sigmoid,
  softsign,
  tanh,
} from '../../../nn/index.ts'
import { adam, sgd } from '../../../optim/index.ts'
import { type ClinicCase, classCase } from '../case.ts'
import { buried, convNet, deep, mlp } from '../nets.ts'

/** The layer with weights that start from `start`. */
const startingFrom = (layer: Layer, start: Initializer): Layer => ({
  ...layer,
  params: Object.fromEntries(
    Object.entries(layer.params).map(([name, spec]) => [
      name,
      spec.shape.length > 1 ? { ...spec, init: start } : spec,
    ]),
  ),
})

/** Weights that start wrong, and activations that do not suit the depth. */
export const plantedStarts: readonly ClinicCase[] = [
  classCase('symmetric-units: zeros', 'digits', ['symmetric-units'], (_data, draw) => ({
    model: mlp([draw.about(64), 32], { start: init.constant(0), head: init.constant(0) }),
    optimizer: draw.pick(sgd(0.1), adam(2e-3)),
    epochs: 5,
    batchSize: 32,
  })),
  classCase('symmetric-units: constant', 'digits', ['symmetric-units'], (_data, draw) => ({
    model: draw.pick(mlp, convNet)([16, 16], {
      start: init.constant(draw.near(0.05)),
      head: init.constant(0.05),
    }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 5,
    batchSize: 32,
  })),
  classCase('vanishing-activations: tanh', 'digits', ['vanishing-activations'], (_data, draw) => ({
    model: mlp(deep(draw.pick(4, 5, 6), draw.about(48)), { act: tanh, start: init.normal(0.02) }),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9 }),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('vanishing-activations: ReLU', 'mnist', ['vanishing-activations'], (_data, draw) => ({
    model: mlp(deep(draw.pick(4, 5), draw.about(64)), { start: init.normal(0.01) }),
    optimizer: sgd(draw.near(0.05)),
    epochs: 4,
    batchSize: 32,
  })),
  classCase('exploding-activations: ReLU', 'digits', ['exploding-activations'], (_data, draw) => ({
    model: mlp(deep(draw.pick(3, 4), draw.about(64)), { start: init.normal(1), head: init.normal(1) }),
    optimizer: draw.pick(sgd(0.01), adam(1e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('exploding-activations: convolutions', 'cifar10', ['exploding-activations'], (_data, draw) => ({
    model: convNet([8, 16, 16], { start: init.normal(draw.near(0.8)), head: init.normal(0.3) }),
    optimizer: sgd(draw.near(0.01)),
    epochs: 3,
    batchSize: 64,
  })),
  classCase('saturation: tanh', 'digits', ['saturation'], (_data, draw) => ({
    model: mlp(deep(2, draw.about(64)), { act: draw.pick(tanh, softsign), start: init.normal(2) }),
    optimizer: sgd(draw.near(0.05)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('saturation: sigmoid', 'features', ['saturation'], (_data, draw) => ({
    model: mlp(deep(2, draw.about(48)), { act: sigmoid, start: init.normal(5) }),
    optimizer: adam(draw.near(1e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  classCase('dead-units: offsets', 'digits', ['dead-units'], (_data, draw) => ({
    model: buried(draw.about(64), -draw.near(8, 1.2)),
    optimizer: sgd(draw.near(0.02)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('dead-units: offsets, table', 'features', ['dead-units'], (_data, draw) => ({
    model: buried(draw.about(48), -draw.near(7, 1.2)),
    optimizer: adam(draw.near(5e-4)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('vanishing-gradients: sigmoid', 'digits', ['vanishing-gradients'], (_data, draw) => ({
    model: mlp(deep(draw.pick(4, 5), draw.about(48)), { act: sigmoid, start: init.xavierNormal() }),
    optimizer: sgd(draw.near(0.03), { momentum: 0.9 }),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('vanishing-gradients: sigmoid, table', 'features', ['vanishing-gradients'], (_data, draw) => ({
    model: mlp(deep(draw.pick(5, 6), draw.about(32)), { act: sigmoid, start: init.xavierUniform() }),
    optimizer: adam(draw.near(1e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('exploding-gradients: recurrent', 'rows', ['exploding-gradients'], (_, draw) => {
    const hidden = draw.about(48)
    const state = rnn(8, hidden, { activation: 'relu', returns: 'last' })
    return {
      model: sequential(
        startingFrom(state, init.normal(draw.near(5, 1.2) / Math.sqrt(hidden))),
        linear(hidden, 10),
      ),
      optimizer: sgd(draw.near(1e-3)),
      epochs: 4,
      batchSize: 32,
    }
  }),
  classCase('exploding-gradients: deep', 'digits', ['exploding-gradients'], (_data, draw) => ({
    model: mlp(deep(8, draw.about(64)), {
      start: init.normal(draw.near(0.45, 1.1)),
      head: init.kaimingNormal(),
    }),
    optimizer: sgd(draw.near(1e-3)),
    epochs: 4,
    batchSize: 32,
  })),
]
