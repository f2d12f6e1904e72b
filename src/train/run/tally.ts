import type { RunSummary, Scores, Sink } from '../events.ts'
import type { Progress } from '../loop.ts'

/** Collects what the summary says, from the events alone. */
export class Tally {
  readonly files: string[] = []
  readonly #run: string
  readonly #began = performance.now()
  readonly #earlierSeconds: number
  #parameters = 0
  #steps = 0
  #epochs = 0
  #samples = 0
  #training = 0
  #waited = 0
  #batchSize = 0
  #bestEpoch: number | undefined
  #test: Scores | undefined

  /** @param earlier how far the run had come before, if it goes on. */
  constructor(run: string, earlier?: Progress) {
    this.#run = run
    this.#earlierSeconds = earlier?.seconds ?? 0
    this.#steps = earlier?.step ?? 0
    this.#epochs = earlier?.epoch ?? 0
    this.#bestEpoch = earlier?.best?.epoch
  }

  get steps(): number {
    return this.#steps
  }

  readonly sink: Sink = (event) => {
    this.#steps = event.step
    if (event.type === 'start') {
      this.#parameters = event.model.parameters
      this.#batchSize = event.batchSize
    } else if (event.type === 'step') {
      this.#samples += this.#batchSize
      this.#training += event.seconds
      this.#waited += event.waited ?? 0
    } else if (event.type === 'epoch') {
      if (event.batch === undefined) this.#epochs = event.epoch
      if (event.best) this.#bestEpoch = event.epoch
    } else if (event.type === 'evaluation' && event.split === 'test') {
      this.#test = event.scores
      this.#bestEpoch = event.epoch
    }
  }

  summary(outcome: RunSummary['outcome']): RunSummary {
    return {
      run: this.#run,
      outcome,
      testAccuracy: this.#test?.accuracy,
      testLoss: this.#test?.loss,
      testRmse: this.#test?.rmse,
      testR2: this.#test?.r2,
      bestEpoch: this.#bestEpoch,
      epochs: this.#epochs,
      steps: this.#steps,
      seconds: this.#earlierSeconds + (performance.now() - this.#began) / 1000,
      imagesPerSecond: this.#training > 0 ? this.#samples / this.#training : 0,
      waiting: this.#training > 0 ? this.#waited / (this.#training + this.#waited) : undefined,
      parameters: this.#parameters,
      files: this.files,
    }
  }
}
