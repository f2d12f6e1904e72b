import { ensure } from '../core/index.ts'

/** Fails, naming the link, unless `value` is a finite number above `limit`. */
export function above(link: string, what: string, limit: number, value: number): void {
  ensure(value > limit && value < Infinity, `${link}: expected ${what} above ${limit}, got ${value}`)
}

/** Fails, naming the link, unless `value` is a finite number, 0 or more. */
export function notNegative(link: string, what: string, value: number): void {
  ensure(value >= 0 && value < Infinity, `${link}: expected ${what}, 0 or more, got ${value}`)
}

/** Fails, naming the link, unless `value` is in [0, 1). */
export function fraction(link: string, what: string, value: number): void {
  ensure(value >= 0 && value < 1, `${link}: expected ${what} in [0, 1), got ${value}`)
}

/** Fails, naming the link, unless `value` is a whole number above `limit`. */
export function wholeAbove(link: string, what: string, limit: number, value: number): void {
  ensure(
    Number.isInteger(value) && value > limit,
    `${link}: expected ${what}, a whole number above ${limit}, got ${value}`,
  )
}
