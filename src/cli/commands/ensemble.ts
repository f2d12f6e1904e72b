import { ensemble } from '../../ensemble/index.ts'
import { atomicWrite } from '../../train/index.ts'
import { readModelFile } from '../model-file.ts'
import { grouped } from '../table.ts'

export interface EnsembleCommandOptions {
  readonly out: string
  readonly json?: boolean
}

/** `gradus ensemble RUN|MODEL.onnx... --out FILE`: one network that says what several say on average. */
export function writeEnsemble(sources: readonly string[], { out, json }: EnsembleCommandOptions): void {
  const models = sources.map(readModelFile)
  const networks = models.map(({ file }) => file)
  const bytes = ensemble(
    models.map((model) => model.bytes),
    { names: networks },
  )
  atomicWrite(out, [bytes])
  process.stdout.write(
    json
      ? `${JSON.stringify({ out, bytes: bytes.length, networks })}\n`
      : `${out}   ${networks.length} networks, ${grouped(bytes.length)} bytes\n`,
  )
}
