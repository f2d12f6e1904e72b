import type { Point } from '../charts/curve-data.ts'
import { formatNumber } from '../run/progress-format.ts'
import type { CrossValidation, FoldEpoch } from './cross-validate.ts'

/** What a picture of cross-validation shows. */
export interface FoldCurves {
  readonly title: string
  readonly subtitle: string
  readonly unit: '%' | ''
  /** A curve for each fold that was done. */
  readonly folds: readonly (readonly Point[])[]
  /** Up to the last epoch that all folds have. */
  readonly mean: readonly Point[]
  readonly epochs: number
}

/** What people look at, the first that a run has. */
const measures = ['accuracy', 'rmse', 'loss'] as const

const words = { accuracy: 'accuracy', rmse: 'error (rmse)', loss: 'loss' }

/** The validation curves of the folds: accuracy, error or loss; those of training where nothing is set apart to validate on. */
export function foldCurves({ results, folds, data, mean, std }: CrossValidation): FoldCurves {
  const some = results[0]?.epochs[0]
  const side = some?.validation ? 'validation' : 'train'
  const measure = measures.find((name) => some?.[side]?.[name] !== undefined) ?? 'loss'
  const scale = measure === 'accuracy' ? 100 : 1
  const pointOf = (at: FoldEpoch): Point[] => {
    const value = at[side]?.[measure]
    return value === undefined ? [] : [[at.epoch, scale * value]]
  }
  const curves = results.map(({ epochs }) => epochs.flatMap(pointOf))
  const unit = scale === 100 ? '%' : ''
  const number = (value: number | undefined) =>
    value === undefined ? '' : unit === '%' ? `${(100 * value).toFixed(2)}%` : formatNumber(value)
  const held = mean[measure] === undefined ? '' : `held out: ${number(mean[measure])}`
  const spread = std[measure] === undefined ? '' : ` ± ${number(std[measure])}`
  return {
    title: `${side === 'train' ? 'Training' : 'Validation'} ${words[measure]} of ${results.length} folds`,
    subtitle: [data, `${results.length} of ${folds} folds`, `${held}${spread}`].filter(Boolean).join('  ·  '),
    unit,
    folds: curves,
    mean: meanCurve(curves),
    epochs: Math.max(1, ...curves.map((points) => points.length)),
  }
}

/** The mean of the curves at each epoch that all of them have: where some end, the mean of the others would jump. */
function meanCurve(curves: readonly (readonly Point[])[]): Point[] {
  const length = Math.min(...curves.map((points) => points.length))
  if (curves.length === 0) return []
  return Array.from({ length }, (_, i) => {
    const sum = curves.reduce((total, points) => total + points[i]![1], 0)
    return [curves[0]![i]![0], sum / curves.length]
  })
}
