/**
 * Conformance suites: what must hold of every operator, layer, loss, optimizer, schedule, initializer, hook and augmentation,
 * for ours and for your own. They belong to no test framework: a check throws, and `...Cases` gives the single cases by name.
 * ```ts
 * for (const { name, run } of layerCases({ kind: 'layer', name: 'mine', doc: '...', examples: [...] })) it(name, run)
 * ```
 */

export * from './conformance/augmentations.ts'
export type { Case, Property } from './conformance/case.ts'
export * from './conformance/checks.ts'
export * from './conformance/hooks.ts'
export * from './conformance/initializers.ts'
export * from './conformance/layers.ts'
export * from './conformance/losses.ts'
export * from './conformance/optimizers.ts'
export * from './conformance/options.ts'
export * from './conformance/schedules.ts'
export * from './finite-differences.ts'
export * from './operators.ts'
export * from './sample.ts'
