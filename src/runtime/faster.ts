/** Times that each way is gone in a trial. */
const TRIAL = 9
/** Times between two trials: at first, and at most. They double each time that nothing changes. */
const SOON = 40
const LATE = 1280
/** The other way is taken if it needs less than this share of the time: more is noise. */
const FASTER = 0.97
/** A way that comes to need so many times what it did, going by the middle of its last so many times, is put to the test. */
const SLOWER = 1.2
const LAST = 25

/**
 * Which of two ways to do the same thing is faster, found by trying: it may depend on what else the machine does. Begins with a
 * trial, stays with the faster way, and tries the other now and then, the more rarely the longer nothing changes.
 */
export class Faster {
  #taken: 0 | 1 = 0
  #trying = true
  /** How long each way took in the trial under way, or the taken way in the last few times. */
  #times: readonly [number[], number[]] = [[], []]
  /** What the taken way takes, going by the last trial. */
  #usual = 0
  #pause = SOON
  #untilTrial = 0

  /** The way to go next: in a trial they take turns, so that both see the same machine. */
  get next(): 0 | 1 {
    const other = this.#taken === 0 ? 1 : 0
    return this.#trying && this.#times[other].length <= this.#times[this.#taken].length ? other : this.#taken
  }

  /** Tells how long it took to go the {@link next} way, in any unit. */
  took(time: number): void {
    this.#times[this.next].push(time)
    if (this.#trying) this.#try()
    else this.#stay(this.#times[this.#taken])
  }

  #try(): void {
    if (this.#times.some(({ length }) => length < TRIAL)) return
    const [first, second] = this.#times
    const ratio = middle(second.map((time, i) => time / first[i]!))
    const gain = this.#taken === 0 ? ratio : 1 / ratio
    if (gain < FASTER) this.#taken = this.#taken === 0 ? 1 : 0
    // A way that stays the faster one although it became slow waits longer, too: the machine is slow, or restless.
    this.#pause = gain < FASTER ? SOON : Math.min(2 * this.#pause, LATE)
    this.#usual = middle(this.#times[this.#taken])
    this.#begin(false)
  }

  #stay(times: number[]): void {
    this.#untilTrial--
    if (times.length > LAST) times.shift()
    const isSlower = times.length === LAST && middle(times) > SLOWER * this.#usual
    if (isSlower || this.#untilTrial <= 0) this.#begin(true)
  }

  #begin(trying: boolean): void {
    this.#trying = trying
    this.#times = [[], []]
    this.#untilTrial = this.#pause
  }
}

const middle = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!
