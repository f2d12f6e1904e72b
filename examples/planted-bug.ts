/**
 * A recipe with a mistake that is made every day: the model ends with a softmax, and the loss has one inside. It trains, and even
 * learns something; but perfect answers still cost 1.46, and the gradients of sure ones fade. `gradus check` refuses it.
 *
 *   npx gradus check examples/planted-bug.ts
 */
import { data, defineLayer, defineRecipe, nn, ops, optim } from 'gradus'

const softmax = defineLayer('softmax', () => ({ forward: (x) => ops.softmax(x, 1) })) // [N, C] -> [N, C]

export default defineRecipe({
  data: data.digits(),
  model: nn.sequential(nn.flatten(), nn.linear(64, 128), nn.relu(), nn.linear(128, 10), softmax()),
  optimizer: optim.adam(3e-3),
  epochs: 30,
})
