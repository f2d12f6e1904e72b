import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { opsPicture, peersPicture, scalePicture, stepPicture } from '../../bench/chart/pictures.ts'
import { writeChart } from '../../bench/chart/style.ts'
import { scaleResult } from '../../bench/scale.ts'
import { stepRow } from '../../bench/step.ts'

const side = (ms: number) => [{ ms, peakMB: 100 }]
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)

describe('pictures', () => {
  it('of steps show ratios beside PyTorch, and times where there is none', () => {
    const both = [stepRow('vgg', 1, { gradus: side(50), torch: side(75) })]
    expect(textsOf(stepPicture(both))).toEqual(
      expect.arrayContaining(['A training step beside PyTorch', 'vgg', '1.5', '■ eager / gradus']),
    )
    const alone = [stepRow('mlp', 1, { gradus: side(3.21) })]
    expect(textsOf(stepPicture(alone))).toEqual(expect.arrayContaining(['A training step', 'mlp', '3.21']))
  })

  it('of operators show both rates, and leave out what was not measured', () => {
    const row = { op: 'matmul', shape: '2x2 2x2', gradusMs: 1, torchMs: 2, ratio: 2, shareOfBest: 1 }
    const svg = opsPicture([
      { ...row, gflops: 123, torchGflops: 61.5 },
      { ...row, shape: '3x3 3x3', gflops: 77, torchGflops: null },
    ])
    const texts = textsOf(svg)
    expect(texts).toEqual(expect.arrayContaining(['matmul 2x2 2x2', '123', '61.5', '77', '■ PyTorch']))
  })

  it('of peers show who was measured', () => {
    const row = {
      peer: 'tfjs-cpu',
      model: 'vgg',
      batchSize: 8,
      peerMsPerSample: 9,
      gradusMsPerSample: 1,
      note: '',
    }
    const svg = peersPicture([
      { ...row, ratio: 1234 },
      { ...row, peer: 'tfjs-wasm', batchSize: null, ratio: null },
    ])
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['vgg, tfjs-cpu, batch 8', '1,230']))
    expect(svg).not.toContain('tfjs-wasm')
  })

  it('of growth have a panel for each axis, with its law', () => {
    const rows = (['batch', 'width', 'depth', 'threads'] as const).flatMap((axis) =>
      [1, 2].map((value) => ({ axis, value, gflop: value, gradusMs: 10 * value, gflops: 1 })),
    )
    expect(textsOf(scalePicture(scaleResult(rows)))).toEqual(
      expect.arrayContaining(['ms along batch: work^1.00', 'ms along threads: threads^1.00']),
    )
  })

  it('are written into a folder that is made for them', () => {
    const dir = mkdtempSync(join(tmpdir(), 'gradus-bench-'))
    try {
      writeChart(join(dir, 'new', 'picture.svg'), '<svg/>')
      expect(readFileSync(join(dir, 'new', 'picture.svg'), 'utf8')).toBe('<svg/>')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
