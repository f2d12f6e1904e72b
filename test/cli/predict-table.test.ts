import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'
import { Graph, input, ops, writeOnnx } from '../../src/node.ts'
import { failureOf, inProcess, jsonLinesOf, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

const random = new Random('tables')
const rows = Array.from({ length: 200 }, () => {
  const [size, age] = [30 + 170 * random.uniform(), 100 * random.uniform()]
  const price = 200_000 + 3000 * size - 500 * age + random.normal(0, 5000)
  return [size.toFixed(1), age.toFixed(1), Math.round(price), price > 450_000 ? 'dear' : 'cheap'] as const
})
const csvOf = (lines: readonly (readonly (string | number)[])[]) => lines.map((line) => `${line}\n`).join('')
writeFileSync(at('houses.csv'), csvOf([['size', 'age', 'price', 'kind'], ...rows]))
writeFileSync(at('prices.csv'), csvOf([['size', 'age', 'price'], ...rows.map((row) => row.slice(0, 3))]))
writeFileSync(
  at('new.csv'),
  csvOf([
    ['age', 'size'],
    [10, 100],
    [90, 40],
  ]),
)

const gradus = inProcess()

beforeAll(async () => {
  const train = (table: string, label: string, epochs: string, out: string) =>
    gradus('train', at(table), '--label', label, '--epochs', epochs, '--json', '--out', at(out))
  await train('prices.csv', 'price', '30', 'prices')
  await train('houses.csv', 'kind', '15', 'kinds')
})

describe('gradus predict RUN TABLE', () => {
  it('tells numbers in the units of the label, whatever the order of the columns', async () => {
    const stdout = await gradus('predict', at('prices'), at('new.csv'))
    const told = [...stdout.matchAll(/^line (\d) {3}price (\d+)/gm)].map(([, line, price]) => [
      line,
      Number(price),
    ])
    expect(told.map(([line]) => line)).toEqual(['2', '3'])
    for (const [i, price] of [495_000, 275_000].entries())
      expect(Math.abs((told[i]![1] as number) / price - 1)).toBeLessThan(0.05)
  })

  it('gives the numbers of evaluation', async () => {
    const scored = await gradus('predict', at('prices'), at('prices.csv'), '--json')
    const predicted = jsonLinesOf(scored) as { line: number; predictions: { price: number } }[]
    expect(predicted).toHaveLength(200)
    const evaluated = await gradus('evaluate', at('prices'), '--json')
    const { worst } = JSON.parse(evaluated) as { worst: { name: string; predicted: number[] }[] }
    expect(worst.length).toBeGreaterThan(10)
    for (const {
      name,
      predicted: [price],
    } of worst) {
      const found = predicted.find(({ line }) => name === `line ${line}`)
      expect(found!.predictions.price / price!).toBeCloseTo(1, 5)
    }
  })

  it('tells classes; writes a table of them', async () => {
    const said = await gradus('predict', at('kinds'), at('houses.csv'), '--json')
    const [first] = jsonLinesOf(said) as {
      line: number
      classes: { class: string; probability: number }[]
    }[]
    const { line, classes } = first!
    expect([line, classes.map((item) => item.class).sort()]).toEqual([2, ['cheap', 'dear']])
    const out = await gradus(
      'predict',
      at('kinds'),
      at('houses.csv'),
      '--out',
      at('kinds.csv'),
      '--probabilities',
    )
    expect(out).toBe(`${at('kinds.csv')}   200 predictions\n`)
    const [head, ...lines] = readFileSync(at('kinds.csv'), 'utf8').trimEnd().split('\n')
    expect(head).toBe('line,kind,probability,probability of cheap,probability of dear')
    const right = lines.filter((text, i) => text.split(',')[1] === rows[i]![3])
    expect(right.length / rows.length).toBeGreaterThan(0.9)
    const [number, best, chance, cheap, dear] = lines[0]!.split(',')
    expect([number, best]).toEqual(['2', classes[0]!.class])
    expect(Number(cheap) + Number(dear)).toBeCloseTo(1, 5)
    expect(Number(chance)).toBeCloseTo(classes[0]!.probability, 6)
  })

  it('reads what a network gives as its loss did', async () => {
    const layout = { columns: [{ name: 'x', fill: 3 }], labels: ['y'], unused: [] }
    const write = (name: string, metadata: Record<string, string>) => {
      const x = input('input', [1, 1])
      writeFileSync(at(name), writeOnnx(new Graph([x], { output: ops.mul(x, 1) }), { metadata }))
    }
    const table = { 'gradus.table': JSON.stringify(layout) }
    writeFileSync(at('x.csv'), 'x,y\n0,1\n?,1\n')
    const numbers = { ...table, 'gradus.targets': '["y"]' }
    write('shares.onnx', { ...numbers, 'gradus.task': 'binary' })
    const [half, more] = jsonLinesOf(await gradus('predict', at('shares.onnx'), at('x.csv'), '--json'))
    expect([half, more]).toMatchObject([
      { predictions: { y: 0.5 } },
      { predictions: { y: expect.closeTo(0.9526, 4) } },
    ])
    write('numbers.onnx', { ...numbers, 'gradus.task': 'regression' })
    expect(await gradus('predict', at('numbers.onnx'), at('x.csv'))).toBe('line 2   y 0\nline 3   y 3\n')
    const classes = { ...table, 'gradus.classes': '["no","yes"]' }
    write('yes-no.onnx', { ...classes, 'gradus.task': 'binary' })
    expect(await gradus('predict', at('yes-no.onnx'), at('x.csv'))).toMatch(
      /^line 2 .*\nline 3 {3}yes 95.3% {3}no 4.7%\n$/,
    )
    write('as-numbers.onnx', { ...classes, 'gradus.task': 'regression' })
    expect(await failureOf('predict', at('as-numbers.onnx'), at('x.csv'))).toContain('losses.crossEntropy')
    const { 'gradus.table': _, ...old } = numbers
    write('old.onnx', old)
    expect(await failureOf('predict', at('old.onnx'), at('x.csv'))).toMatch(
      /predicts numbers.*\n.*gradus train --resume RUN/,
    )
  })

  it('says what is wrong', async () => {
    const fails = (...args: string[]) => failureOf('predict', at('kinds'), ...args)
    writeFileSync(at('other.csv'), 'size,age,prize\n1,2,3\n')
    expect(await fails(at('other.csv'))).toMatch(/there is no "price"\n {2}is "prize" the column "price"\?/)
    writeFileSync(at('more.csv'), 'size,age,price,garden\n1,2,3,4\n')
    expect(await fails(at('more.csv'))).toMatch(/found "garden"\n.*--ignore garden/)
    expect(await fails(at('more.csv'), '--ignore', 'garten')).toContain('has no column "garten"')
    expect(await fails(at('houses.csv'), '--tta', 'flip')).toContain('no other views')
    expect(await fails(at('houses.csv'), '--probabilities')).toContain('expected --out')
    expect(await fails(at('none.csv'))).toContain('none.csv: expected a readable file, found nothing')
  })
})
