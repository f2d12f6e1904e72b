/** Another finding that a teacher would accept for a fault, and why. */
export interface Accepted {
  readonly check: string
  readonly because: string
}

const rateDidIt = 'the rate is why'

/**
 * What may be found in the place of a fault. Nothing else counts: a finding that lists the fault among its consequences does
 * not, unless it stands here.
 */
export const accepted: Readonly<Record<string, readonly Accepted[]>> = {
  divergence: [
    { check: 'rate-too-high', because: 'the loss diverges since the rate is too high' },
    { check: 'non-finite', because: 'what diverges fast is infinite before the loss can be seen to grow' },
  ],
  'rate-too-high': [
    { check: 'divergence', because: 'a rate that is far too high makes the loss diverge' },
    { check: 'non-finite', because: 'and one that is higher still makes it infinite' },
  ],
  'non-finite': [
    { check: 'divergence', because: 'the last finite losses were those of a run that diverged' },
  ],
  saturation: [
    {
      check: 'exploding-activations',
      because: 'what drives units to their flat ends are weights that start too large',
    },
  ],
  'exploding-gradients': [
    { check: 'non-finite', because: 'gradients that explode further are infinite' },
    { check: 'divergence', because: 'a step along them throws the weights away' },
    { check: 'exploding-activations', because: 'what grows on its way there grows on its way back' },
  ],
  'vanishing-gradients': [
    {
      check: 'vanishing-activations',
      because: 'gradients are products with activations, and vanish with them',
    },
  ],
  'best-epoch-past': [{ check: 'over-fitting', because: 'it is why later epochs are worse' }],
  plateau: [
    { check: 'rate-too-high', because: rateDidIt },
    { check: 'rate-about-right', because: rateDidIt },
  ],
  'decay-too-strong': [
    {
      check: 'vanishing-activations',
      because: 'weights that decay within a few steps are small from the first look on',
    },
  ],
}

/** Whether one of the checks that found something is the one that was planted, or may stand for it. */
export const isHit = (planted: string, found: readonly string[]): boolean =>
  found.includes(planted) || (accepted[planted] ?? []).some(({ check }) => found.includes(check))
