/** ONNX files in and out: any graph becomes a valid model, and a model that Gradus can express becomes a graph. */
export { OLDEST_OPSET, OPSET } from './format.ts'
export { type WriteOptions, writeOnnx } from './write.ts'
