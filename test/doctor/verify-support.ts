import { verify } from '../../src/doctor/verify/index.ts'
import { data, defineRecipe, nn, optim, type Recipe } from '../../src/node.ts'
import type { Finding } from '../../src/train/index.ts'

/** A small network on the digits that is as it should be. */
export const healthy = defineRecipe({
  data: data.digits(),
  model: nn.sequential(
    nn.conv2d(1, 16, 3, { padding: 1, bias: false }),
    nn.batchNorm2d(16),
    nn.relu(),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.dropout(0.3),
    nn.linear(256, 10),
  ),
  optimizer: optim.sgd(0.05, { momentum: 0.9, weightDecay: 5e-4 }),
  epochs: 5,
})

/** What the checks find in the healthy recipe with some changes: by check. */
export async function findingsOf(
  changes: Partial<Recipe>,
  ...checks: string[]
): Promise<Record<string, Finding>> {
  const { findings } = await verify(
    { ...healthy, ...changes },
    { threads: 1, ...(checks.length > 0 ? { checks } : {}) },
  )
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}

/** A perceptron with one hidden layer, and something of one's own before its activation. */
export const mlp = (...between: nn.Layer[]) =>
  nn.sequential(nn.flatten(), nn.linear(64, 32), ...between, nn.relu(), nn.linear(32, 10))
