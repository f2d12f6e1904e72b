import { Random } from '../../src/core/index.ts'
import { diagnose, RunHistory } from '../../src/doctor/index.ts'
import { data, fit, nn, type Recipe, type TrainEvent } from '../../src/node.ts'
import type { Finding } from '../../src/train/index.ts'

export const digits = await data.digits()

/** Hidden layers of 64 units for the digits. */
export const mlp = (
  act: () => nn.Layer = nn.relu,
  { depth = 2, init }: { depth?: number; init?: nn.Initializer } = {},
): nn.Layer =>
  nn.sequential(
    nn.flatten(),
    ...Array.from({ length: depth }, () => [nn.linear(64, 64, init ? { init } : {}), act()]).flat(),
    nn.linear(64, 10, init ? { init } : {}),
  )

/** The digits with some of the training labels drawn at random. */
export function mislabelled(share: number): typeof digits {
  const random = new Random('mislabelled')
  const labels = digits.train.labels.map((label) => (random.uniform() < share ? random.integer(10) : label))
  return { ...digits, train: { ...digits.train, labels } }
}

/** What happens when a recipe is trained; also if it fails. */
export async function eventsOf(recipe: Recipe): Promise<TrainEvent[]> {
  const events: TrainEvent[] = []
  try {
    await fit(recipe, { threads: 1, sinks: [(event) => void events.push(event)] })
  } catch (error) {
    if (events.length === 0) throw error
  }
  return events
}

/** What the doctor finds wrong: names of checks, those that follow from others included. */
export async function found(recipe: Recipe): Promise<{ findings: Finding[]; names: string[] }> {
  const findings = diagnose(RunHistory.of(await eventsOf(recipe))).filter(
    ({ severity }) => severity !== 'fine',
  )
  return { findings, names: findings.flatMap(({ check, consequences = [] }) => [check, ...consequences]) }
}
