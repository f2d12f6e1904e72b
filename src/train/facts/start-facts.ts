import type { Tensor } from '../../core/index.ts'
import type { StartEvent } from '../events.ts'
import type { Prepared } from '../recipe/prepare.ts'
import type { CheckedRecipe } from '../recipe/recipe.ts'
import { dataFacts } from './data-facts.ts'
import { recipeFacts } from './recipe-facts.ts'
import { weightFacts } from './weight-facts.ts'

/** What a start event says besides how large everything is. */
export type StartFacts = Pick<StartEvent, 'recipe' | 'facts' | 'weights'>

/** @param tensors the parameters, if they have not been trained. */
export async function startFacts(
  recipe: CheckedRecipe,
  prepared: Prepared,
  tensors: ReadonlyMap<string, Tensor> | undefined,
): Promise<StartFacts> {
  return {
    recipe: recipeFacts(recipe, prepared, recipe.epochs * prepared.train.batchesPerEpoch),
    facts: await dataFacts(prepared),
    ...(tensors && { weights: weightFacts(prepared.model, tensors) }),
  }
}
