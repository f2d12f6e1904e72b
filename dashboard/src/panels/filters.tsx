import { useEffect, useRef } from 'preact/hooks'
import type { FiltersView } from '../../../src/serve/api.ts'
import { Panel } from '../panel.tsx'

/** The filters of the first convolution as pictures. */
export function Filters({ filters }: { readonly filters: FiltersView }) {
  const [count, channels, height, width] = filters.shape
  const size = channels * height * width
  const pictures = Array.from({ length: Math.min(count, 96) }, (_, i) =>
    filters.values.slice(i * size, (i + 1) * size),
  )
  return (
    <Panel
      title="First filters"
      caption={`${filters.name}: what the first layer looks for. Clean edges and blobs of color are learned; noise that stays says that training was too short, or the decay too weak.`}
    >
      <ul class="filters" aria-label={`${count} filters of ${width} by ${height}`}>
        {pictures.map((values, i) => (
          <Filter key={i} values={values} channels={channels} height={height} width={width} index={i} />
        ))}
      </ul>
    </Panel>
  )
}

interface FilterProps {
  readonly values: readonly number[]
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly index: number
}

function Filter({ values, channels, height, width, index }: FilterProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    context?.putImageData(pixelsOf(values, channels, height, width), 0, 0)
  }, [values, channels, height, width])
  return (
    <li>
      <canvas ref={canvas} width={width} height={height} role="img" aria-label={`filter ${index}`} />
    </li>
  )
}

/** Scaled so that the weights of the filter fill the range; of other than three channels, the first in gray. */
function pixelsOf(values: readonly number[], channels: number, height: number, width: number): ImageData {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const pixels = new ImageData(width, height)
  const size = height * width
  for (let i = 0; i < size; i++) {
    for (let color = 0; color < 3; color++) {
      const value = values[(channels >= 3 ? color : 0) * size + i]!
      pixels.data[4 * i + color] = high > low ? Math.round(((value - low) / (high - low)) * 255) : 128
    }
    pixels.data[4 * i + 3] = 255
  }
  return pixels
}
