import { describe, expect, it } from 'vitest'
import { measured } from '../../src/doctor/verify/check.ts'
import { type VerifyEvent, verify, verifyNames } from '../../src/doctor/verify/index.ts'
import { chain, defineLayer, groups, init, losses, nn, ops, optim, type Recipe } from '../../src/node.ts'
import { findingsOf, healthy, mlp } from './verify-support.ts'

describe('a recipe that is as it should be', () => {
  it('passes every check, which says so with numbers, and is not changed', async () => {
    const events: VerifyEvent[] = []
    const before = JSON.stringify(healthy)
    const { findings, passed } = await verify(healthy, { threads: 1, watch: (event) => events.push(event) })
    expect(findings.map(({ check }) => check)).toEqual(verifyNames)
    expect(findings.filter(({ severity }) => severity !== 'fine')).toEqual([])
    expect(passed).toBe(true)
    expect(JSON.stringify(healthy)).toBe(before)
    expect(events[0]).toMatchObject({ type: 'start', data: 'digits', model: 'sequential', parameters: 2746 })
    expect(events.filter(({ type }) => type === 'finding')).toHaveLength(verifyNames.length)
    for (const { evidence } of findings) expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence)
  })

  it('expects the loss of equal scores: ln C, (C - 1) margin of the hinge, and so on', async () => {
    const expected = async (loss: Recipe['loss']) =>
      (await findingsOf({ loss }, 'initial-loss'))['initial-loss']!.evidence
    expect(await expected(undefined)).toMatchObject({ expected: measured(Math.log(10)) })
    expect(await expected(losses.hinge())).toMatchObject({ expected: 9 })
    expect(await expected(losses.crossEntropy({ labelSmoothing: 0.2 }))).toMatchObject({
      expected: measured(Math.log(10)),
    })
    expect(await expected(losses.focal())).toMatchObject({ expected: 1.865 })
  })

  it('has a penalty of lambda / 2 |w|^2 for L2, lambda |w| for L1, and none for decay apart from the loss', async () => {
    const model = nn.sequential(nn.flatten(), nn.linear(64, 10, { init: init.constant(0.5) }))
    const penalty = async (optimizer: Recipe['optimizer']) =>
      (await findingsOf({ model, optimizer }, 'regularization')).regularization!
    const rate = optim.byRate(0.1)
    expect((await penalty(chain(optim.addDecay(0.1), rate))).evidence).toMatchObject({ penalty: 8 })
    expect((await penalty(chain(optim.addL1(0.01), rate))).evidence).toMatchObject({ penalty: 3.2 })
    expect((await penalty(chain(optim.addElasticNet(0.01), rate))).evidence).toMatchObject({ penalty: 2 })
    const halved = groups([{ match: '*', decay: 0.5, rate: 0.1 }])
    expect((await penalty(chain(halved, optim.addDecay(0.1), rate))).evidence).toMatchObject({ penalty: 4 })
    expect(await penalty(optim.adamw(1e-3))).toMatchObject({
      severity: 'fine',
      title: 'weights decay apart from the loss',
      evidence: { penalty: 0, apart: ['decoupledDecay'] },
    })
  })
})

describe('models with layers of every kind pass', () => {
  const rows = defineLayer('rows', () => ({ forward: (x) => ops.reshape(x, [x.shape[0]!, 8, 8]) }))
  const last = defineLayer('last', () => ({
    forward: (x) => ops.squeeze(ops.slice(x, { starts: 7, axes: 1 }), [1]),
  }))
  const block = () =>
    nn.residual(
      nn.sequential(
        nn.conv2d(8, 8, 3, { padding: 1, bias: false }),
        nn.batchNorm2d(8),
        nn.relu(),
        nn.conv2d(8, 8, 3, { padding: 1, bias: false }),
        nn.batchNorm2d(8),
      ),
    )
  const models: [string, Recipe['model']][] = [
    ['a linear model', nn.sequential(nn.flatten(), nn.linear(64, 10))],
    [
      'residual blocks',
      nn.sequential(
        nn.conv2d(1, 8, 3, { padding: 1 }),
        block(),
        block(),
        nn.globalAvgPool(),
        nn.flatten(),
        nn.linear(8, 10),
      ),
    ],
    [
      'dropout of every kind',
      mlp(
        nn.plainDropout(0.4),
        nn.stochasticDepth(0.7),
        nn.monteCarlo(nn.dropout(0.2), { average: 'outputs' }),
      ),
    ],
    ['an LSTM over the rows', nn.sequential(rows(), nn.lstm(8, 16), last(), nn.linear(16, 10))],
    ['a head that starts at 0', nn.sequential(mlp(), nn.linear(10, 10, { init: init.zeros }))],
  ]
  it.each(models)('%s', async (_, model) => {
    const { findings } = await verify({ ...healthy, model }, { threads: 1 })
    expect(findings.filter(({ severity }) => severity !== 'fine')).toEqual([])
  })
})

describe('what is frozen', () => {
  it('stays, and is not asked for gradients', async () => {
    const optimizer = chain(
      groups([
        { match: '0.*', freeze: true },
        { match: '1.*', freeze: true },
      ]),
      healthy.optimizer,
    )
    const found = await findingsOf({ optimizer }, 'frozen', 'gradients', 'overfit')
    expect(found.frozen).toMatchObject({
      severity: 'fine',
      title: '3 frozen parameters stayed as they were',
      evidence: { frozen: 3, changed: [] },
    })
    expect(found.gradients).toMatchObject({ severity: 'fine', evidence: { parameters: 2, compared: 2 } })
    expect(found.overfit).toMatchObject({ severity: 'fine' })
  })
})

describe('verify', () => {
  it('refuses options that make no sense, and stops when it is told', async () => {
    await expect(verify(healthy, { checks: ['gradient'] })).rejects.toThrow('did you mean "gradients"')
    await expect(verify(healthy, { second: 1 } as never)).rejects.toThrow('did you mean "seconds"')
    await expect(verify(healthy, { seconds: -1 })).rejects.toThrow('expected seconds above 0, got -1')
    await expect(verify(healthy, { checks: ['overfit'], signal: AbortSignal.abort() })).rejects.toThrow(
      'the check was stopped',
    )
  })

  it('takes no longer than it may for what it cannot finish', async () => {
    const softmaxed = nn.sequential(
      mlp(),
      defineLayer('softmaxed', () => ({ forward: (x) => ops.softmax(x, 1) }))(),
    )
    const { findings } = await verify(
      { ...healthy, model: softmaxed },
      { checks: ['overfit'], seconds: 0.01, threads: 1 },
    )
    expect(findings[0]).toMatchObject({
      check: 'overfit',
      severity: 'warning',
      title: /^not told in/ as never,
    })
  })
})
