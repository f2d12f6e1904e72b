/** How parameters start: functions of a shape and a random stream. */
export * from './init/constant.ts'
export { defineInitializer, type InitializerAbout, type InitializerExample } from './init/define.ts'
export * from './init/gaussian.ts'
export * from './init/kaiming.ts'
export * from './init/orthogonal.ts'
export * from './init/scale.ts'
export * from './init/xavier.ts'
