import { constant, type Value } from '../../graph/index.ts'

// The transformations of Winograd's F(4, 3), for the points 0, 1, -1, 2, -2 and infinity. Source: Lavin and Gray, Fast
// Algorithms for Convolutional Neural Networks, 2016.

/** The side of the kernels. */
export const kernel = 3
/** Results along the side of a tile. */
const results = 4
/** Elements that these are made from, along the side; and what those are transformed to. */
export const points = results + kernel - 1

type Matrix = readonly (readonly number[])[]

const imageMatrix: Matrix = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
]
const filterMatrix: Matrix = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
]
const resultMatrix: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
]

/** An axis of the images, with its padding. */
export interface Axis {
  readonly size: number
  readonly before: number
  readonly after: number
}

const lengthOf = ({ size, before, after }: Axis) => size + before + after - kernel + 1
export const tilesOf = (axis: Axis): number => Math.ceil(lengthOf(axis) / results)

/** [6 tiles, size]: an axis of the images to its tiles, transformed; row (p, t) is point p of tile t. */
export function imageForm(axis: Axis): Value {
  const tiles = tilesOf(axis)
  return matrix(points * tiles, axis.size, (row, element) => {
    const [point, t] = [Math.floor(row / tiles), row % tiles]
    return imageMatrix[point]![element + axis.before - results * t] ?? 0
  })
}

/** [6 tiles, results]: an axis of the results to the points that it is made from. */
export function resultForm(axis: Axis): Value {
  const tiles = tilesOf(axis)
  return matrix(points * tiles, lengthOf(axis), (row, result) => {
    const [point, t] = [Math.floor(row / tiles), row % tiles]
    return resultMatrix[result - results * t]?.[point] ?? 0
  })
}

/** [36, 9]: a 3x3 filter to its transformed form. */
export const filterForm = (): Value =>
  matrix(points ** 2, kernel ** 2, (point, tap) => {
    const row = filterMatrix[Math.floor(point / points)]![Math.floor(tap / kernel)]!
    return row * filterMatrix[point % points]![tap % kernel]!
  })

function matrix(rows: number, columns: number, at: (row: number, column: number) => number): Value {
  const elements = Float32Array.from({ length: rows * columns }, (_, k) =>
    at(Math.floor(k / columns), k % columns),
  )
  return constant(elements, 'float32', [rows, columns])
}
