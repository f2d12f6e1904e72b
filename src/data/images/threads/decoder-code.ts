import { wasm } from '../../../core/index.ts'
import { readJpegHeader } from '../jpeg-header.ts'
import { axisOf } from '../scale/axis.ts'
import { placementOf } from '../scale/placement.ts'
import { planesFrom } from '../scale/planes.ts'
import { rowModule, weightBits } from '../scale/row-module.ts'
import { makeScaler } from '../scale/scaler.ts'
import { makeDecoder } from './decoder-main.ts'
import { makeFileReader } from './file-reader.ts'

/** What a thread gets when it is started. */
export interface DecoderSetup {
  /** Where the library that decodes JPEGs lies. */
  readonly codec: string
  /** See `ScalerParts`. */
  readonly modules: Readonly<Record<string, object>>
}

/** The most pixels, along an axis, that become one here: what the modules have taps for. */
export const mostScale = 4
/** The most pixels of a picture that is decoded here: memory for it stays. */
const mostPixels = 2 ** 23
/** The most bytes of its file. */
const mostBytes = 2 ** 24

export const decoderModules = (): DecoderSetup['modules'] =>
  Object.fromEntries(
    ([1, 3] as const).flatMap((channels) =>
      ([4, 8] as const).map((taps) => [`${channels},${taps}`, new wasm.Module(rowModule(channels, taps))]),
    ),
  )

/**
 * What a thread runs: it does its jobs one after the other, as they come. It stands here as text, made of functions that use
 * nothing from outside, which works from sources, from the package and from a bundle alike; for `workerData` see
 * {@link DecoderSetup}.
 */
export const decoderCode = `
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
const { createRequire } = process.getBuiltinModule('node:module')
const { Memory, Instance } = WebAssembly
const scale = (${makeScaler})({
  axisOf: ${axisOf},
  planesFrom: ${planesFrom},
  Memory, Instance, modules: workerData.modules, one: ${1 << weightBits}
})
const decode = (${makeDecoder})({
  codec: createRequire(workerData.codec)(workerData.codec),
  scale,
  readFile: (${makeFileReader})(process.getBuiltinModule('node:fs'), ${mostBytes}),
  readJpegHeader: ${readJpegHeader},
  placementOf: ${placementOf},
  mostPixels: ${mostPixels},
  mostScale: ${mostScale},
})
parentPort.on('message', ({ id, job }) => {
  let answer
  try {
    answer = { id, planes: decode(job) }
  } catch (error) {
    answer = { id, failure: String(error) }
  }
  parentPort.postMessage(answer, answer.planes ? [answer.planes.buffer] : [])
})
`
