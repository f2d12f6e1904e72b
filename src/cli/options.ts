import type { Command } from 'commander'
import { ensure } from '../core/index.ts'

/** Reads the value of an option, and fails with the option's name. */
type Parser<T> = (text: string) => T

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** A whole number of at least `least`. */
export function wholeNumber(option: string, least = 1): Parser<number> {
  return (text) => {
    const value = Number(text)
    const fits = decimal.test(text) && Number.isSafeInteger(value) && value >= least
    ensure(fits, `${option}: expected a whole number of at least ${least}, got "${text}"`)
    return value
  }
}

/** A number above 0. */
export function positiveNumber(option: string): Parser<number> {
  return (text) => {
    const value = Number(text)
    const fits = decimal.test(text) && value > 0 && Number.isFinite(value)
    ensure(fits, `${option}: expected a number above 0, got "${text}"`)
    return value
  }
}

/** Names between commas, in one order whatever they were given in; given again, the option adds to them. */
export function names(option: string): (text: string, before?: readonly string[]) => readonly string[] {
  return (text, before = []) => {
    const given = text.split(',').map((name) => name.trim())
    ensure(!given.includes(''), `${option}: expected names separated by commas, got "${text}"`)
    return [...new Set([...before, ...given])].sort()
  }
}

/** One of a few words. */
export function oneOf<T extends string>(option: string, words: readonly T[]): Parser<T> {
  return (text) => {
    const word = words.find((known) => known === text)
    ensure(word !== undefined, `${option}: expected ${words.join(' or ')}, got "${text}"`)
    return word
  }
}

/**
 * Adds what says how a table is read.
 * @param usual what becomes of rows without a value if nothing is said of them.
 */
export const tableOptions = (command: Command, usual: 'stop' | 'skip' = 'stop'): Command =>
  command
    .option('--label <column>', 'column of a table to predict')
    .option('--ignore <columns>', 'columns of a table that are not learned from: a,b,c', names('--ignore'))
    .option(
      '--missing <what>',
      `rows of a table without a value: stop, skip, or mean, which takes its place (default: ${usual})`,
      oneOf('--missing', ['stop', 'skip', 'mean']),
    )
