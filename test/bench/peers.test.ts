import { describe, expect, it } from 'vitest'
import { batchFor, formatPeers, measurePeer, peerModels, peerRow, peers } from '../../bench/peers.ts'
import type { Timing } from '../../bench/worker.ts'

const side = (times: readonly number[]): Timing[] => times.map((ms) => ({ ms, peakMB: 100 }))
const [wasm, cpu] = peers
const vgg = peerModels.find(({ name }) => name === 'vgg')!
const options = { threads: 1, rounds: 5, limit: 60 }

describe('the batch of a peer', () => {
  it('is the usual one if its first steps and its rounds fit in the limit', () => {
    expect(batchFor(0.05, 128, options)).toBe(128)
    expect(batchFor(58, 128, options)).toBe(128)
  })

  it('is a smaller one otherwise, and a single sample at worst', () => {
    expect(batchFor(59, 128, options)).toBe(32)
    expect(batchFor(500, 128, options)).toBe(8)
    expect(batchFor(5000, 128, options)).toBe(1)
  })
})

describe('the row of a peer', () => {
  it('has times for each sample', () => {
    const row = peerRow(cpu!, vgg, {
      batchSize: 128,
      ours: side([128, 128, 256]),
      theirs: side([12800, 12800, 25600]),
    })
    expect(row).toMatchObject({ peer: 'tfjs-cpu', model: 'vgg', peerMsPerSample: 100, gradusMsPerSample: 1 })
    expect(row).toMatchObject({ ratio: 100, note: '' })
  })

  it('says so where the batch is smaller', () => {
    const given = { batchSize: 1, ours: side([5, 5]), theirs: side([50_000, 50_000]) }
    const row = peerRow(cpu!, vgg, given)
    expect(row.note).toBe('one step of one sample: 128 are not done in time')
    expect(peerRow(cpu!, vgg, { ...given, batchSize: 8 }).note).toBe(
      '8 samples instead of 128: more are not done in time',
    )
    expect(formatPeers([row]).split('\n')[1]).toMatch(/^vgg +tfjs-cpu +1 +50,000 +5 +10,000 +one step/)
  })

  it('says why there is none: here the network is unknown to the peer, or it is not installed', async () => {
    const row = await measurePeer(wasm!, { ...vgg, name: 'no-such-network' }, options, () => {})
    expect(row).toMatchObject({ peer: 'tfjs-wasm', batchSize: null, peerMsPerSample: null, ratio: null })
    expect(row.note.length).toBeGreaterThan(10)
  })
})
