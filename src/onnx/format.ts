/** The version of ONNX's operators that Gradus writes, and the newest that it reads. */
export const OPSET = 21

/** The oldest version of ONNX's operators that Gradus reads. */
export const OLDEST_OPSET = 13

/** The version of the file format that came with {@link OPSET}. */
export const IR_VERSION = 10

/** The name that separates a node's layer path from its own name: `layer1.0.conv1/Conv_12`. */
export const SCOPE_SEPARATOR = '/'
