import { z } from 'zod'
import { GradusError } from '../core/index.ts'

/** What a person asked for: all that is needed to start a run again. It is kept in the run's `recipe.json`. */
const schema = z.strictObject({
  /** Name of a data set, or absolute path of a recipe file or of data. */
  source: z.string(),
  kind: z.enum(['dataset', 'file', 'data']),
  /** Absolute path of the folder with the data. */
  data: z.string().optional(),
  /** Side of the pictures of a folder. */
  size: z.number().optional(),
  /** Column to predict, of a table. */
  label: z.string().optional(),
  /** Columns that are not learned from, of a table. */
  ignore: z.array(z.string()).readonly().optional(),
  /** What becomes of missing values, of a table. */
  missing: z.enum(['stop', 'skip', 'mean']).optional(),
  onBad: z.enum(['stop', 'skip']).optional(),
  model: z.string().optional(),
  epochs: z.number().optional(),
  maxSteps: z.number().optional(),
  /** Parts of a cross-validation, which is no run that can go on. */
  folds: z.number().optional(),
  batchSize: z.number().optional(),
  lr: z.number().optional(),
  seed: z.number().optional(),
  threads: z.number().optional(),
  checkpointSteps: z.number().optional(),
  /** Names of logs besides the events. */
  log: z.array(z.string()).readonly().optional(),
  lowering: z.boolean().default(true),
})

export type Settings = Readonly<z.infer<typeof schema>>

/** Settings as they come from the command line: what was not given is undefined. */
export type Given = { readonly [K in keyof Settings]?: Settings[K] | undefined }

/** The options that settings come from, for messages. */
export const flags: Readonly<Record<keyof Settings, string>> = {
  source: 'the data set or recipe',
  kind: 'the data set or recipe',
  data: '--data',
  size: '--size',
  label: '--label',
  ignore: '--ignore',
  missing: '--missing',
  onBad: '--on-bad',
  model: '--model',
  epochs: '--epochs',
  maxSteps: '--max-steps',
  folds: '--folds',
  batchSize: '--batch-size',
  lr: '--lr',
  seed: '--seed',
  threads: '--threads',
  checkpointSteps: '--checkpoint-steps',
  log: '--log',
  lowering: '--no-lowering',
}

/** What may change when a run goes on: how long it is, and what it does not depend on. */
const changeable: readonly (keyof Settings)[] = [
  'data',
  'epochs',
  'maxSteps',
  'threads',
  'checkpointSteps',
  'log',
]

/** The settings in the text of a `recipe.json`. */
export function readSettings(held: unknown, where: string): Settings {
  const result = schema.safeParse(held)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new GradusError(`${where}: ${['settings', ...path].join('.')}: ${message}`, [
    'it was written by another version of Gradus, or edited',
  ])
}

/**
 * The settings of a run that goes on: those it was started with, and what was given now.
 * @throws if something was given that would make it another run.
 */
export function continueSettings(held: Settings, given: Given, run: string): Settings {
  const result: Record<string, unknown> = { ...held }
  for (const [key, value] of Object.entries(given) as [keyof Settings, Given[keyof Settings]][]) {
    if (value === undefined || JSON.stringify(value) === JSON.stringify(held[key])) continue
    if (!changeable.includes(key)) {
      const was = held[key] === undefined || typeof value === 'boolean' ? 'without it' : `with ${held[key]}`
      const got = typeof value === 'boolean' ? '' : `, got ${value}`
      throw new GradusError(`${flags[key]}: ${run} was started ${was}${got}`, [
        'a run goes on as it was started: leave the option out, or start a new run',
      ])
    }
    result[key] = value
  }
  return result as Settings
}
