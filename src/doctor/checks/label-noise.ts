import type { Doubts } from '../../train/index.ts'
import { defineCheck, evidence } from '../check.ts'
import { isDropout } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun } from '../made-up-run.ts'
import { percent } from '../measure.ts'

/** Samples that a share can be told from. */
const SAMPLES = 100

/**
 * Shares of samples whose label comes near the end of what the model thinks likely, and of the wrong answers that these are.
 * With a fifth of the labels at random there were 6% and 0.3 or more, in healthy runs at most 0.7% and 0.08: what is
 * hard is taken for something like it.
 */
const IMPLAUSIBLE = 0.025
const OF_WRONG = 0.2

/** Of a handful of doubts nothing follows. */
const FEW = 8

/**
 * Samples that were learned by heart are not doubted any more; what is left then, of a network that cannot tell others
 * apart either, is its own lack of knowledge. Doubts must come from the training samples too, or explain most errors.
 */
const IN_TRAINING = 0.01
const MOST_OF_WRONG = 0.3

/** A network that is wrong more often than this knows too little to doubt labels. */
const KNOWS_TOO_LITTLE = 0.65

/** Labels that are wrong, as far as a network can tell that was trained on them. */
export const labelNoise = defineCheck(
  'label-noise',
  {
    sure: true,
    explains: ['over-fitting', 'best-epoch-past', 'under-fitting', 'plateau'],
    diagnose(history) {
      const doubts = history.doubts
      const judged =
        doubts &&
        (doubts.validation && doubts.validation.samples >= SAMPLES ? doubts.validation : doubts.train)
      if (!judged || judged.samples < SAMPLES || judged.wrong > KNOWS_TOO_LITTLE * judged.samples) return []
      const share = judged.implausible / judged.samples
      const { train } = doubts
      const ofWrong = train.implausible >= IN_TRAINING * train.samples ? OF_WRONG : MOST_OF_WRONG
      if (!(share >= IMPLAUSIBLE) || !(judged.implausible >= Math.max(FEW, ofWrong * judged.wrong))) return []
      // A label drawn at random is in the less likely half every second time.
      const noise = Math.min(1, 2 * share)
      return [
        {
          severity: noise > 0.1 ? 'problem' : 'warning',
          title: `about ${percent(noise, 0)} of the labels look wrong`,
          evidence: {
            samples: judged.samples,
            wrong: judged.wrong,
            implausible: judged.implausible,
            noise: evidence(noise),
            examples: worstOf(doubts.train).map((doubt) => ({ ...doubt })),
          },
          explanation:
            'The network is sure that many samples are something else, and finds their labels less likely than most others. Hard samples are taken for ' +
            'something like them; labels that are drawn at random are not. In the end it learns such samples by heart.',
          suggestions: suggestions(history),
          more: 'docs/doctor.md#label-noise',
        },
      ]
    },
  },
  {
    doc: 'Labels that the best weights find implausible: more of them than hard samples explain.',
    source: 'Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, 2021',
    examples: [
      {
        name: 'a fifth',
        events: () =>
          madeUpRun({
            test: {
              scores: { loss: 0.5, accuracy: 0.95 },
              samples: 1000,
              doubts: {
                train: {
                  samples: 2000,
                  wrong: 350,
                  implausible: 50,
                  worst: [{ sample: 7, label: 1, predicted: 3, probability: 0.99 }],
                },
                validation: { samples: 400, wrong: 80, implausible: 34, worst: [] },
              },
            },
          }),
      },
    ],
  },
)

const worstOf = ({ worst }: Doubts) => worst.slice(0, 5)

const suggestions = ({ layers }: RunHistory) => [
  layers.some(isDropout)
    ? { title: 'let the weights decay', change: { weightDecay: 1e-3 } }
    : {
        title: 'drop half of the features before the last layer: less is learned by heart',
        change: { dropout: 0.5 },
      },
  { title: 'smooth the labels: be sure of 90% only', change: { labelSmoothing: 0.1 } },
  { title: 'look at the samples in question, and correct their labels: gradus data' },
]
