/** Our side of `bench -- optim`: the update that training does, on random gradients in memory. */
import { ensure, Random, sizeOf, type Tensor, zeros } from '../../src/core/index.ts'
import { adam, adamw, type Optimizer, sgd } from '../../src/optim/index.ts'
import { createUpdater } from '../../src/train/step/updater.ts'
import type { BenchOptimizer, OptimTask } from '../optim.ts'
import { serve } from './serve.ts'

const optimizers: Record<BenchOptimizer, () => Optimizer> = {
  sgd: () => sgd(1e-3),
  momentum: () => sgd(1e-3, { momentum: 0.9 }),
  adam: () => adam(),
  adamw: () => adamw(1e-3, { decayOn: 'all' }),
}

await serve(async ({ optimizer, shapes, threads }: OptimTask) => {
  const random = new Random('bench')
  const fill = ({ data }: Tensor) => {
    for (let i = 0; i < data.length; i++) data[i] = random.normal()
  }
  const parameters = shapes.map((shape, i) => ({ name: `p${i}`, shape, decay: true }))
  const tensors = new Map<string, Tensor>(parameters.map(({ name, shape }) => [name, zeros(shape)]))
  for (const held of tensors.values()) fill(held)
  const updater = await createUpdater({ optimizer: optimizers[optimizer](), parameters, tensors, threads })
  for (const held of updater.gradients.values()) fill(held)
  let done = 0
  return {
    parameters: shapes.reduce((total, shape) => total + sizeOf(shape), 0),
    async step() {
      updater.run(done++, {})
      const [first] = tensors.get('p0')!.data
      ensure(Number.isFinite(first), `${optimizer}: a parameter is ${first} after ${done} updates`)
    },
  }
})
