/** Data sets and their way into a training step: files, preprocessing, splits and batches. */
export type { BatchBuffers, LoaderOptions, Sampling } from './batch-plan.ts'
export * from './chunks.ts'
export * from './class-weights.ts'
export {
  type ClassificationData,
  type Dataset,
  type Indices,
  type Inputs,
  isInMemory,
  isReader,
  joinSplits,
  type Labels,
  labelWidth,
  type MemoryClasses,
  type MemoryDataset,
  type MemorySplit,
  makeDataset,
  makeSplit,
  outputsOf,
  type RegressionData,
  resolveIndices,
  type SampleReader,
  type Split,
  takeSamples,
} from './dataset.ts'
export { cacheFolder, fetchDataset } from './download/cache.ts'
export {
  type DownloadOptions,
  type DownloadProgress,
  fetchFile,
  type RemoteFile,
} from './download/fetch-file.ts'
export { fromIterable, type IterableOptions, type Sample } from './from-iterable.ts'
export * from './images/decode.ts'
export { type FolderOptions, folder } from './images/folder.ts'
export { type Picture, type PictureReaderOptions, pictureReader } from './images/reader.ts'
export * from './loader.ts'
export {
  channelsOf,
  checkNormalizer,
  type FittedNormalizer,
  type Normalizer,
} from './normalizer.ts'
export { type OpenOptions, open } from './open.ts'
export * from './prefetch.ts'
export * from './preprocess/index.ts'
export * from './readers/index.ts'
export { balancedBatches } from './sampling/balanced-batches.ts'
export { type ClassSampling, defineSampling } from './sampling/define.ts'
export { oversample } from './sampling/oversample.ts'
export { undersample } from './sampling/undersample.ts'
export { cifar10 } from './sets/cifar10.ts'
export { type Cifar100Options, cifar100 } from './sets/cifar100.ts'
export { digits } from './sets/digits.ts'
export { fashionMnist, mnist } from './sets/mnist.ts'
export * from './sets/registry.ts'
export * from './sets/source.ts'
export * from './splits.ts'
