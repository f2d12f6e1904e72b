/**
 * How to start a deep net: what 10 layers of 500 units with tanh or ReLU give before training, for four initializations of the
 * weights. Standard-normal inputs; the histograms of all layers in one picture (docs/images/initialization.svg).
 *
 * - Small Gaussian (std 0.01): activations and gradients vanish, to less than 1e-5 after 10 layers.
 * - Large Gaussian (std 1): tanh saturates in 9 of 10 units; with ReLU activations explode to more than 1e10.
 * - Xavier: holds for tanh, narrowing slowly (std 0.63 to 0.23); with ReLU half of the variance is lost in every layer.
 * - Kaiming: holds for ReLU (std 0.83 to 0.89); tanh is a little wider than with Xavier.
 *
 * A few seconds on 2 cores.
 *
 *   npx jiti examples/initialization.ts [FOLDER]      writes initialization.svg and .png into FOLDER (default: here)
 */
import { join } from 'node:path'
import { activationHistograms, drawHistograms, init, nn, writePicture } from 'gradus'

const [LAYERS, UNITS] = [10, 500]

const initializers = {
  'small Gaussian': init.normal(0.01),
  'large Gaussian': init.normal(1),
  Xavier: init.xavierNormal(),
  Kaiming: init.kaimingNormal(),
}
type Name = keyof typeof initializers

const activations = { tanh: nn.tanh, relu: nn.relu }
type Activation = keyof typeof activations

/** The activations of a net; what the weighted sums give before them is left out. */
async function layersOf(activation: Activation, name: Name) {
  const blocks = Array.from({ length: LAYERS }, (_, i) => [
    [`fc${i + 1}`, nn.linear(UNITS, UNITS, { init: initializers[name] })] as const,
    [`${activation}${i + 1}`, activations[activation]()] as const,
  ])
  const model = nn.sequential(Object.fromEntries(blocks.flat()))
  const layers = await activationHistograms(model, { inputShape: [UNITS], seed: 0, batch: 200 })
  return layers.filter(({ type }) => type === activation)
}

const digits = (value: number) =>
  (value >= 0.001 && value < 100 ? value.toPrecision(2) : value.toExponential(1)).padStart(9)
const share = (value: number) => `${(value * 100).toFixed(0)}%`.padStart(9)

const drawn: [activation: Activation, name: Name, note: string][] = [
  ['tanh', 'small Gaussian', 'std 0.01: all vanishes'],
  ['tanh', 'large Gaussian', 'std 1: saturates, and gradients explode'],
  ['tanh', 'Xavier', 'holds, and narrows slowly'],
  ['relu', 'large Gaussian', 'std 1: all explodes'],
  ['relu', 'Xavier', 'half of the variance is lost in every layer'],
  ['relu', 'Kaiming', 'holds'],
]
const titles = { tanh: 'tanh', relu: 'ReLU' }

console.log(`${' '.repeat(28)}std of layer${' '.repeat(15)}gradient std of layer    layer 10`)
console.log(`${' '.repeat(28)}1        5       10              1        5       10   saturated`)
const rows = []
for (const activation of ['tanh', 'relu'] as const)
  for (const name of Object.keys(initializers) as Name[]) {
    const layers = await layersOf(activation, name)
    const some = [layers[0]!, layers[4]!, layers[9]!]
    const spreads = some.map((layer) => digits(layer.activations.std)).join('')
    const gradients = some.map((layer) => digits(layer.gradients!.std)).join('')
    console.log(
      `${activation.padEnd(4)}  ${name.padEnd(14)}${spreads}      ${gradients}   ${share(layers[9]!.saturated!)}`,
    )
    const found = drawn.find(([a, n]) => a === activation && n === name)
    if (found) rows.push({ title: `${titles[activation]}, ${name}`, note: found[2], layers })
  }

const picture = await drawHistograms(rows, {
  title: 'How a deep net starts',
  subtitle: `Activations of ${LAYERS} layers of ${UNITS} units before training, by initialization. Each row has one axis; exact zeros are counted, not drawn.`,
})
const files = await writePicture(join(process.argv[2] ?? '.', 'initialization'), picture)
console.log(`wrote ${files.join(' and ')}`)
