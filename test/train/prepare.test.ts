import { describe, expect, it } from 'vitest'
import { data, defineRecipe, fit, nn, optim, type Recipe } from '../../src/node.ts'
import { prepare } from '../../src/train/recipe/prepare.ts'
import { checkRecipe } from '../../src/train/recipe/recipe.ts'

const classifier = (outputs: number) => nn.sequential(nn.flatten(), nn.linear(64, outputs))

/** What a recipe is told before it trains. */
function preparing(changes: Partial<Record<keyof Recipe, unknown>>) {
  const recipe: Recipe = defineRecipe({
    data: data.digits(),
    model: classifier(10),
    optimizer: optim.adam(1e-2),
    epochs: 1,
  })
  return expect(prepare(checkRecipe({ ...recipe, ...changes }))).rejects
}

describe('a recipe whose function', () => {
  it.each([9, 12])('gives a model for %i classes instead of 10', async (outputs) => {
    await preparing({ model: () => classifier(outputs) }).toThrow(
      `the model gives scores of ${outputs} classes, but digits has 10\n  end the model with nn.linear(features, 10)`,
    )
  })

  it('gives no model', async () => {
    await preparing({ model: () => 3 }).toThrow('model: expected a model, got 3\n')
    await preparing({ model: async () => classifier(10) }).toThrow('model: expected a model, got a promise\n')
  })

  it('gives no data', async () => {
    await preparing({ data: async () => ({ a: 1 }) }).toThrow(
      'data: expected a data set, got an object with a\n',
    )
    await preparing({ data: () => undefined }).toThrow('data: expected a data set, got nothing\n')
  })

  it('throws', async () => {
    const data = async () => {
      throw new Error('the server is down')
    }
    await preparing({ data }).toThrow("data: the server is down\n  the recipe's data threw this")
    const model = () => {
      throw 'text'
    }
    await preparing({ model }).toThrow("model: text\n  the recipe's model threw this")
  })
})

describe('a loss that has nothing to do with labels', () => {
  it.each([nn.losses.mse(), nn.losses.bceWithLogits()])('$name', async (loss) => {
    await preparing({ loss }).toThrow(
      `${loss.name}: expected targets [N, 10], but digits has one label per sample`,
    )
  })

  it('of yes and no, and ten classes', async () => {
    await preparing({ loss: nn.losses.bceWithLogits(), model: classifier(1) }).toThrow(
      'bceWithLogits: expected labels 0 and 1, but digits has 10 classes',
    )
  })
})

it('a loss of numbers may learn the number of the class', async () => {
  const numbers = defineRecipe({
    data: data.digits(),
    model: classifier(1),
    loss: nn.losses.mse(),
    optimizer: optim.adam(1e-2),
    epochs: 1,
  })
  expect((await prepare(checkRecipe(numbers))).loss.name).toBe('mse')
})

it('options of fit that make no sense are refused', async () => {
  const recipe = { data: data.digits(), model: classifier(10), optimizer: optim.adam(1e-2), epochs: 1 }
  await expect(fit(recipe, { treads: 1 } as never)).rejects.toThrow(
    'unknown option of fit "treads"; did you mean "threads"?',
  )
  await expect(fit(recipe, { maxSteps: -2 })).rejects.toThrow(
    'maxSteps: expected a whole number of steps, at least 1, got -2',
  )
})

it('values out of range are said in words', () => {
  const wrong = { data: data.digits(), model: classifier(10), optimizer: optim.adam(1e-2) }
  expect(() => checkRecipe({ ...wrong, epochs: 0, batchSize: 1.5, validation: 1 })).toThrow(
    'recipe: epochs: expected a whole number of at least 1, got 0\n' +
      '  batchSize: expected a whole number of at least 1, got 1.5\n' +
      '  validation: expected a number of at least 0 and below 1, got 1',
  )
})
