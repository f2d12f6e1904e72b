/** Looking at a recipe before it is trained: gradients, losses, inputs and outputs, on a few of its samples. */
export {
  type Verification,
  type VerifyEvent,
  type VerifyOptions,
  type VerifyStart,
  verify,
  verifyNames,
} from './verify.ts'
