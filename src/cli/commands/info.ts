import { formatCrossValidation, readFolds } from '../../train/index.ts'
import { describeModel, formatModel } from '../describe-model.ts'
import { describeRun, formatRun } from '../describe-run.ts'
import { isFolder } from '../model-file.ts'

/** `gradus info RUN|MODEL.onnx`: what a run did, or what a model file holds. */
export function info(path: string, { json }: { readonly json?: boolean }): void {
  process.stdout.write(`${isFolder(path) ? runInfo(path, json) : modelInfo(path, json)}\n`)
}

function runInfo(path: string, json: boolean | undefined): string {
  const folds = readFolds(path)
  if (folds) return json ? JSON.stringify(folds) : formatCrossValidation(folds)
  const run = describeRun(path)
  return json ? JSON.stringify(run) : formatRun(run)
}

function modelInfo(path: string, json: boolean | undefined): string {
  const model = describeModel(path)
  return json ? JSON.stringify(model) : formatModel(model)
}
