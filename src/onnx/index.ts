/** ONNX files in and out: any graph becomes a valid model, and a model that Gradus can express becomes a graph. */
export { OLDEST_OPSET, OPSET } from './format.ts'
export { inspectOnnx, type OnnxListing, type OnnxPort } from './inspect.ts'
export { type OnnxModel, type ReadOptions, readOnnx } from './read.ts'
export { withSequenceFirst } from './sequence-first.ts'
export { type DynamicAxes, type WriteOptions, writeOnnx } from './write.ts'
