import { type Entry, type Example, ensure, GradusError } from '../../core/index.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'

type Remake = NonNullable<Entry['makeWith']>

const misspelled: Property<unknown> = {
  name: 'a misspelled option is refused, by the name of the thing',
  check({ args }, { name, makeWith }) {
    for (const { wrong, args: given } of misspellings(args!)) {
      const message = refusalOf(makeWith!, given)
      ensure(message, `option "${wrong}" is ignored`)
      const says = message.includes(`"${wrong}"`) && message.includes(name)
      ensure(says, `expected an error that names "${wrong}" and ${name}, got: ${message}`)
    }
  },
}

const surplus: Property<unknown> = {
  name: 'options that it does not know are refused where it takes options',
  check({ args }, { makeWith }) {
    const probe = probing()
    const message = refusalOf(makeWith!, [...args!, probe.options])
    ensure(
      message || !probe.wasRead(),
      'it looks at options after its arguments, and ignores what it does not know',
    )
  },
}

/** What a thing says against these arguments; undefined if it takes them. */
function refusalOf(makeWith: Remake, args: readonly unknown[]): string | undefined {
  try {
    makeWith(args)
    return undefined
  } catch (error) {
    if (error instanceof GradusError) return error.message
    throw new GradusError(`expected an error of its own, got ${error}`, [], { cause: error })
  }
}

/** The arguments with each of the options in them, however deep, misspelled in turn beside the right one. */
function* misspellings(value: unknown): Generator<{ wrong: string; args: readonly unknown[] }> {
  for (const { wrong, value: args } of variants(value)) yield { wrong, args: args as readonly unknown[] }
}

function* variants(value: unknown): Generator<{ wrong: string; value: unknown }> {
  const isList = Array.isArray(value)
  if (!isList && !isOptions(value)) return
  for (const [key, part] of Object.entries(value)) {
    if (!isList) yield { wrong: `${key}_`, value: { ...value, [`${key}_`]: true } }
    for (const { wrong, value: other } of variants(part)) {
      yield { wrong, value: isList ? value.with(Number(key), other) : { ...value, [key]: other } }
    }
  }
}

/** A plain record; those with functions or numbers in memory are layers, tensors and the like. */
function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return false
  return !Object.values(value).some((part) => typeof part === 'function' || ArrayBuffer.isView(part))
}

/** Options that nothing knows, and whether they were looked at. */
function probing(): { readonly options: object; wasRead(): boolean } {
  let isRead = false
  const noted =
    <Args extends readonly unknown[], T>(look: (...args: Args) => T) =>
    (...args: Args): T => {
      isRead = true
      return look(...args)
    }
  const options = new Proxy(
    { nothingKnowsThis: true },
    {
      get: noted(Reflect.get),
      has: noted(Reflect.has),
      ownKeys: noted(Reflect.ownKeys),
      getOwnPropertyDescriptor: noted(Reflect.getOwnPropertyDescriptor),
    },
  )
  return { options, wasRead: () => isRead }
}

/** What must hold of everything that is made with options: a typing error must not train another model than was meant. */
export const optionProperties: readonly Property<unknown>[] = [misspelled, surplus]

/**
 * The examples of a thing of any kind crossed with {@link optionProperties}: those that say what they were made with
 * (`args`), of things that can be made otherwise (`makeWith`), as all are that a `define...` function made.
 */
export function optionCases<T>(entry: Entry<T>): Case[] {
  const examples: readonly Example<T>[] = entry.makeWith
    ? entry.examples.filter(({ args }) => args !== undefined)
    : []
  return casesOf({ ...entry, examples }, optionProperties)
}

/**
 * Puts a thing through the conformance suite of options.
 * @throws with all that failed.
 */
export const checkOptions = (entry: Entry): Promise<void> => runAll(optionCases(entry))
