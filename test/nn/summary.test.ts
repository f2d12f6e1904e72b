import { expect, it } from 'vitest'
import * as nn from '../../src/nn/index.ts'
import { matmul, relu, transpose } from '../../src/ops/index.ts'

const net = nn.sequential({
  conv: nn.conv2d(3, 8, 3, { padding: 1, stride: 2 }),
  bn: nn.batchNorm2d(8),
  grouped: nn.conv2d(8, 4, [3, 1], { groups: 2, bias: false }),
  flatten: nn.flatten(),
  fc: nn.linear(4 * 2 * 4, 10),
})

it('counts what a hand counts', () => {
  const { layers, ...totals } = nn.summary(net, [3, 8, 8])
  expect(layers).toEqual([
    // 8 x 3 x 3 x 3 weights and 8 biases; at 4 x 4 places, 27 products for each of 8 channels
    { path: 'conv', type: 'conv2d', output: [1, 8, 4, 4], parameters: 224, decayed: 216, multiplyAdds: 3456 },
    { path: 'bn', type: 'batchNorm2d', output: [1, 8, 4, 4], parameters: 16, decayed: 0, multiplyAdds: 0 },
    // each of 4 channels sees 4 of 8, over 3 x 1
    { path: 'grouped', type: 'conv2d', output: [1, 4, 2, 4], parameters: 48, decayed: 48, multiplyAdds: 384 },
    { path: 'flatten', type: 'flatten', output: [1, 32], parameters: 0, decayed: 0, multiplyAdds: 0 },
    { path: 'fc', type: 'linear', output: [1, 10], parameters: 330, decayed: 320, multiplyAdds: 320 },
  ])
  expect(totals).toEqual({ inputShape: [3, 8, 8], parameters: 618, decayed: 584, multiplyAdds: 4160 })
})

it('sees a layer with arithmetic and children of its own, and lists a layer that is used twice once', () => {
  const gram = nn.defineLayer('gram', () => ({
    params: { mix: nn.weight([4, 5]) },
    children: { fc: nn.linear(4, 4) },
    forward: (x, { mix, fc }) => matmul(transpose(matmul(fc(relu(fc(x))), mix)), x),
  }))
  const { layers, parameters } = nn.summary(gram(), [4])
  expect(layers).toEqual([
    { path: 'fc', type: 'linear', output: [1, 4], parameters: 20, decayed: 16, multiplyAdds: 32 },
    { path: '', type: 'gram', output: [5, 4], parameters: 20, decayed: 20, multiplyAdds: 40 },
  ])
  expect(parameters).toBe(40)
})

it('is a narrow table', () => {
  const rule = '─'.repeat(71)
  expect(nn.formatSummary(nn.summary(net, [3, 8, 8]))).toBe(
    [
      'layer    type         output        parameters  decayed  multiply-adds',
      rule.slice(1),
      'input                 [N, 3, 8, 8]',
      'conv     conv2d       [N, 8, 4, 4]         224      216          3,456',
      'bn       batchNorm2d  [N, 8, 4, 4]          16',
      'grouped  conv2d       [N, 4, 2, 4]          48       48            384',
      'flatten  flatten      [N, 32]',
      'fc       linear       [N, 10]              330      320            320',
      rule.slice(1),
      'total                                      618      584          4,160',
    ].join('\n'),
  )
  const widest = nn.formatSummary(nn.summary(nn.zoo.resnet18({ stem: 'imagenet' }), [3, 224, 224]))
  for (const line of widest.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})
