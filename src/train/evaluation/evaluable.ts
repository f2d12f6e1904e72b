import type { Dataset } from '../../data/index.ts'
import type { Loss } from '../../nn/index.ts'
import { loadData, lossOf, type Sides, sidesOf } from '../recipe/prepare.ts'
import { checkRecipe, type Recipe } from '../recipe/recipe.ts'

/** What can be evaluated: what `fit` gives, or a model from anywhere with data for it. */
export interface Evaluable {
  /** An ONNX file that takes raw samples. */
  toOnnx(): Uint8Array
  readonly data: Dataset
  /** Default: cross-entropy, or the squared error where numbers are predicted. */
  readonly loss?: Loss
  /** Which training samples were trained on and validated on; all and none by default. */
  readonly samples?: Sides
}

/**
 * A model that was trained as a recipe says, with the recipe's data.
 * @param model an ONNX file, as training left it.
 * @param dataDir the folder with the data, for recipes that ask for it.
 * @throws if the recipe is wrong, or its data cannot be had.
 */
export async function evaluableOf(
  recipe: Recipe,
  model: Uint8Array,
  dataDir?: string,
): Promise<Required<Evaluable>> {
  const checked = checkRecipe(recipe)
  const data = await loadData(checked, dataDir)
  const samples = sidesOf(checked, data)
  return { toOnnx: () => model, data, loss: await lossOf(checked, data, samples), samples }
}
