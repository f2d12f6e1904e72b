import type { Command } from 'commander'
import { examples } from './help.ts'
import { wholeNumber } from './options.ts'

/** `gradus doctor`: what was wrong with a run? */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('look for what is wrong with a run')
    .description(
      'Tell what is wrong with a run, from its events alone: with evidence, the reason, and what to try. ' +
        'With --try the first suggestion is trained in a folder of its own, beside the original, which stays as it is.',
    )
    .argument('<run>', 'folder of a run, which may still be going on')
    .option('--try', 'train the first suggestion, and show both side by side')
    .option(
      '--epochs <n>',
      'with --try: epochs to train (default: those of the run)',
      wholeNumber('--epochs'),
    )
    .option('--max-steps <n>', 'with --try: stop after so many steps', wholeNumber('--max-steps'))
    .option('--threads <n>', 'with --try: threads to compute with', wholeNumber('--threads'))
    .option('--out <dir>', 'with --try: folder for the new run, new or empty')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples('gradus doctor runs/digits-1', 'gradus doctor runs/digits-1 --try --epochs 3'),
    )
    .action(async (run, options) => (await import('./commands/doctor.ts')).doctor(run, options))
}
