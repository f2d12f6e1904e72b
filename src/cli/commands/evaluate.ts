import { unknownName } from '../../core/index.ts'
import {
  evaluate,
  type SplitName,
  splitNames,
  type Tta,
  ttaNames,
  writeEvaluation,
} from '../../train/index.ts'
import { openSubject } from '../evaluable.ts'
import { formatEvaluation } from '../format-evaluation.ts'

export interface EvaluateCommandOptions {
  readonly split: string
  readonly data?: string
  readonly tta: string
  readonly lowering?: boolean
  readonly json?: boolean
}

/** `gradus evaluate RUN|MODEL.onnx`: what a network is worth, in detail; a run keeps it in its folder. */
export async function evaluateModel(source: string, options: EvaluateCommandOptions): Promise<void> {
  const { lowering, json } = options
  // What is misspelled is said before data are loaded.
  const split = known<SplitName>('--split', options.split, splitNames)
  const tta = known<Tta>('--tta', options.tta, ttaNames)
  const { of, folder } = await openSubject(source, options.data)
  const watch = json ? undefined : progressLine(process.stderr)
  const evaluation = await evaluate(of, { split, tta, watch, lowering })
  const files = folder ? await writeEvaluation(folder, evaluation) : []
  process.stdout.write(
    json ? `${JSON.stringify({ ...evaluation, files })}\n` : formatEvaluation(evaluation, files, !folder),
  )
}

function known<T extends string>(option: string, word: string, words: readonly T[]): T {
  const found = words.find((one) => one === word)
  if (found === undefined) throw unknownName(`value of ${option}`, word, words)
  return found
}

/** How far it is, in a line that is gone in the end; nothing where nobody watches. */
function progressLine(stream: NodeJS.WriteStream): ((done: number, all: number) => void) | undefined {
  if (!stream.isTTY) return undefined
  return (done, all) => {
    const text = `${done.toLocaleString('en-US')}/${all.toLocaleString('en-US')} samples`
    stream.write(done < all ? `\r${text}` : `\r${' '.repeat(text.length)}\r`)
  }
}
