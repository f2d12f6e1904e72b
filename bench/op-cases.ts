/** What `bench -- ops` measures: the operators of training over the shapes of known networks, 128 samples each. */

/** A convolution with padding that keeps the size at stride 1. */
export interface ConvCase {
  readonly inChannels: number
  readonly outChannels: number
  /** Height and width of the input. */
  readonly size: number
  readonly kernel: number
  readonly stride: number
  readonly groups: number
}

/** An operator over images [N, C, H, H] element by element, or window by window. */
export interface ImageCase {
  readonly channels: number
  readonly size: number
}

/** A matrix product of a linear layer: [M, K] times the transpose of [N, K]. */
export interface MatmulCase {
  readonly m: number
  readonly k: number
  readonly n: number
}

export const convOps = ['convForward', 'convInputGrad', 'convWeightGrad'] as const
export const imageOps = ['batchNorm', 'maxPool'] as const
export const opNames = [...convOps, ...imageOps, 'matmul'] as const
export type OpName = (typeof opNames)[number]

/** One operator on one shape. */
export type OpCase = { readonly batch: number; readonly shape: string } & (
  | ({ readonly op: (typeof convOps)[number] } & ConvCase)
  | ({ readonly op: (typeof imageOps)[number] } & ImageCase)
  | ({ readonly op: 'matmul' } & MatmulCase)
)

const batch = 128

const conv = (
  inChannels: number,
  outChannels: number,
  size: number,
  rest: Partial<ConvCase> = {},
): ConvCase => ({
  ...{ inChannels, outChannels, size, kernel: 3, stride: 1, groups: 1 },
  ...rest,
})
const depthwise = (channels: number, size: number, stride = 1) =>
  conv(channels, channels, size, { stride, groups: channels })

const convs: readonly ConvCase[] = [
  // VGG
  conv(3, 64, 32),
  conv(64, 64, 32),
  conv(64, 128, 16),
  conv(128, 128, 16),
  conv(128, 256, 8),
  conv(256, 256, 8),
  // ResNet: deep and small; halving, with its shortcut
  conv(512, 512, 4),
  conv(64, 128, 32, { stride: 2 }),
  conv(256, 512, 8, { stride: 2 }),
  conv(64, 128, 32, { stride: 2, kernel: 1 }),
  // MobileNetV2
  conv(32, 192, 16, { kernel: 1 }),
  conv(192, 32, 16, { kernel: 1 }),
  conv(160, 960, 4, { kernel: 1 }),
  depthwise(192, 16),
  depthwise(192, 16, 2),
  depthwise(960, 4),
]
const images: readonly ImageCase[] = [
  { channels: 64, size: 32 },
  { channels: 128, size: 16 },
  { channels: 512, size: 4 },
]
const products: readonly MatmulCase[] = [
  // The MLP, a step of the LSTM, the two layers of ViT-Tiny's blocks, and a large one
  { m: 128, k: 784, n: 512 },
  { m: 128, k: 128, n: 512 },
  { m: 8320, k: 192, n: 768 },
  { m: 8320, k: 768, n: 192 },
  { m: 1024, k: 1024, n: 1024 },
]

/** All cases, operator by operator. */
export const opCases: readonly OpCase[] = [
  ...convOps.flatMap((op) =>
    convs
      // A picture has no gradient that anybody wants.
      .filter(({ inChannels }) => op !== 'convInputGrad' || inChannels > 3)
      .map((c): OpCase => ({ op, batch, shape: convLabel(c), ...c })),
  ),
  ...imageOps.flatMap((op) =>
    images.map((c): OpCase => ({ op, batch, shape: `${c.channels}x${c.size}x${c.size}`, ...c })),
  ),
  ...products.map((c): OpCase => ({ op: 'matmul', batch, shape: `${c.m}x${c.k} ${c.k}x${c.n}`, ...c })),
]

/** `64->128 @32 3x3 /2`: channels, size of the input, kernel, stride. */
function convLabel({ inChannels, outChannels, size, kernel, stride, groups }: ConvCase): string {
  const parts = [`${inChannels}->${outChannels}`, `@${size}`, `${kernel}x${kernel}`]
  if (stride > 1) parts.push(`/${stride}`)
  if (groups > 1) parts.push('depthwise')
  return parts.join(' ')
}

/** Height and width of what a convolution makes. */
export const sizeAfter = ({ size, stride }: ConvCase): number => Math.ceil(size / stride)

/**
 * Operations of float numbers. A multiplication with its addition counts as two. Batch norms and poolings are counted by the
 * plainest way to do them (their time is that of the memory, so that only the ratio tells): for each element a sum (1), the
 * variance (3) and scale and shift (2), then backward two sums (1 + 3) and the gradient (4); for each 2x2 window three
 * comparisons, then four selections.
 */
export function operationsOf(given: OpCase): number {
  switch (given.op) {
    case 'matmul':
      return 2 * given.m * given.k * given.n
    case 'batchNorm':
      return 14 * given.batch * given.channels * given.size ** 2
    case 'maxPool':
      return 7 * given.batch * given.channels * (given.size / 2) ** 2
    default: {
      const places = given.batch * given.outChannels * sizeAfter(given) ** 2
      return 2 * places * (given.inChannels / given.groups) * given.kernel ** 2
    }
  }
}
