import type { Command } from 'commander'
import { examples } from './help.ts'
import { wholeNumber } from './options.ts'

/** `gradus ui`: the dashboard. */
export function addUi(program: Command): void {
  program
    .command('ui')
    .summary('show runs in a browser')
    .description(
      'Serve a page that shows runs side by side, live while they train. Only this machine sees it.',
    )
    .argument('[runs]', 'folder of runs, or of a single run', 'runs')
    .option(
      '--port <n>',
      'port of the page (default: the first free one from 4747)',
      wholeNumber('--port', 0),
    )
    .option('--host <address>', 'listen at another address; others can then see the runs, without a password')
    .option('--open', 'open the page in the browser')
    .addHelpText('after', examples('gradus ui', 'gradus ui runs/digits-1 --open', 'gradus ui --port 8080'))
    .action(async (runs, options) => (await import('./commands/ui.ts')).ui(runs, options))
}

/** `gradus report`: the dashboard of one run as a file. */
export function addReport(program: Command): void {
  program
    .command('report')
    .summary('write the page of a run as one file')
    .description('Write one HTML file that shows a run as the dashboard does, without a server or a network.')
    .argument('<run>', 'folder of a run')
    .option('--out <file>', 'the file (default: report.html in the folder of the run)')
    .addHelpText(
      'after',
      examples('gradus report runs/digits-1', 'gradus report runs/digits-1 --out digits.html'),
    )
    .action(async (run, options) => (await import('./commands/report.ts')).report(run, options))
}
