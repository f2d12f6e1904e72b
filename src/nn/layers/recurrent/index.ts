/** Recurrent layers, unrolled over the steps of their sequences. */
export * from './gru.ts'
export * from './lstm.ts'
export * from './rnn.ts'
export type { RecurrentOptions } from './unroll.ts'
