/** Known networks, built for any input shape and number of classes. */
export * from './cnn.ts'
export type { ModelInfo } from './image.ts'
export * from './lenet.ts'
export * from './mlp.ts'
export * from './registry.ts'
export * from './resnet.ts'
export * from './vgg.ts'
