import type { Command } from 'commander'
import { examples } from './help.ts'
import { positiveNumber, tableOptions, wholeNumber } from './options.ts'

const what =
  'digits, mnist, fashion-mnist, cifar10; a folder of pictures, a table; or a recipe file such as recipe.ts'

/** `gradus check`: is this worth training? */
export function addCheck(program: Command): void {
  common(program.command('check'))
    .summary('look for mistakes before training')
    .description(
      'Check a recipe on a few samples: gradients, first loss, scales, mixed batches, overfitting a handful, ... ' +
        'The exit code is 1 if there is a problem.',
    )
    .argument('<what>', what)
    .option('--checks <names>', 'only these, separated by commas', (text) => text.split(','))
    .option(
      '--seconds <n>',
      'for each of the checks that take long (default: 20)',
      positiveNumber('--seconds'),
    )
    .option('--json', 'print each finding as a line of JSON; the last one is the summary')
    .addHelpText(
      'after',
      examples(
        'gradus check digits',
        'gradus check recipe.ts --checks gradients,overfit',
        'gradus check recipe.ts --json | tail -1',
      ),
    )
    .action(async (what, options) => (await import('./commands/check.ts')).check(what, options))
}

/** `gradus find-lr`: with which learning rate? */
export function addFindLr(program: Command): void {
  common(program.command('find-lr'))
    .summary('look for a learning rate')
    .description(
      'Let the learning rate grow until training diverges, with several seeds, and tell an interval of good ones. ' +
        'Nothing of any run is changed.',
    )
    .argument('<what>', what)
    .option('--seeds <n>', 'sweeps with other first weights and batches (default: 3)', wholeNumber('--seeds'))
    .option('--steps <n>', 'steps of a sweep (default: 150)', wholeNumber('--steps', 30))
    .option('--from <x>', 'rate of the first step (default: 1e-5)', positiveNumber('--from'))
    .option('--to <x>', 'rate of the last step (default: 10)', positiveNumber('--to'))
    .option('--out <dir>', 'folder for the picture, rate.svg and rate.png')
    .option('--json', 'print one line of JSON, with the curves')
    .addHelpText(
      'after',
      examples(
        'gradus find-lr digits',
        'gradus find-lr recipe.ts --out pictures',
        'gradus find-lr recipe.ts --seeds 5 --json',
      ),
    )
    .action(async (what, options) => (await import('./commands/find-lr.ts')).findLr(what, options))
}

/** What says which recipe is meant, as for `gradus train`. */
function common(command: Command): Command {
  return tableOptions(
    command
      .option('--data <dir>', 'folder with the files of the data set (the digits ship with Gradus)')
      .option('--size <pixels>', 'side that all pictures of a folder get', wholeNumber('--size')),
  )
    .option('--model <name>', 'network: mlp, cnn, lenet, vgg, resnet18')
    .option('--batch-size <n>', 'samples per step', wholeNumber('--batch-size'))
    .option('--seed <n>', 'everything random follows from it', wholeNumber('--seed', 0))
    .option('--threads <n>', 'threads to compute with (default: all cores)', wholeNumber('--threads'))
    .option('--no-lowering', 'run the graphs as they are, without rewriting them for this machine')
}
