import { Command } from 'commander'
import { VERSION } from '../core/index.ts'
import { addDoctor } from './after-training.ts'
import { addCheck, addFindLr } from './before-training.ts'
import { examples } from './help.ts'
import { names, oneOf, positiveNumber, tableOptions, wholeNumber } from './options.ts'
import { addReport, addUi } from './watching.ts'

/** The commands and their options. What a command needs is loaded when it runs, so that `--help` is quick. */
export function createProgram(): Command {
  const program = new Command('gradus')
    .description('Train neural networks, on ONNX Runtime.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--verbose', 'show where an error comes from')
    .configureOutput({ outputError: (text, write) => write(noted(text)) })
    .addHelpText(
      'after',
      examples('gradus train digits', 'gradus predict runs/digits-1 three.png', 'gradus info runs/digits-1'),
    )
  addTrain(program)
  addCheck(program)
  addFindLr(program)
  addDoctor(program)
  addData(program)
  addUi(program)
  addReport(program)
  addPredict(program)
  addEvaluate(program)
  addEnsemble(program)
  addInfo(program)
  addList(program)
  addEnv(program)
  return program
}

function addTrain(program: Command): void {
  const train = program
    .command('train')
    .summary('train a network')
    .description(
      'Train a network on a data set, or as a recipe file says. Results go to runs/<name>-<number>.',
    )
    .argument(
      '[what]',
      'digits, mnist, fashion-mnist, cifar10; a folder of pictures, a table; or a recipe file such as recipe.ts',
    )
    .option('--data <dir>', 'folder with the files of the data set (the digits ship with Gradus)')
    .option('--size <pixels>', 'side that all pictures of a folder get', wholeNumber('--size'))
  tableOptions(train)
    .option(
      '--on-bad <what>',
      'pictures that cannot be decoded: stop (default) or skip; tables: rows without a value, as --missing',
      oneOf('--on-bad', ['stop', 'skip']),
    )
    .option('--model <name>', 'network: mlp, cnn, lenet, vgg, resnet18')
    .option('--epochs <n>', 'passes over the training samples', wholeNumber('--epochs'))
    .option('--max-steps <n>', 'stop after so many steps in all', wholeNumber('--max-steps'))
    .option(
      '--folds <n>',
      'cross-validate: train n times, each time scored on another n-th',
      wholeNumber('--folds', 2),
    )
    .option('--batch-size <n>', 'samples per step', wholeNumber('--batch-size'))
    .option('--lr <x>', 'learning rate that the schedule starts from', positiveNumber('--lr'))
    .option('--seed <n>', 'everything random follows from it', wholeNumber('--seed', 0))
    .option('--threads <n>', 'threads to compute with (default: all cores)', wholeNumber('--threads'))
    .option('--out <dir>', 'folder for the run, new or empty')
    .option('--resume <dir>', 'go on with the run in this folder')
    .option('--checkpoint-steps <n>', 'checkpoint every n steps', wholeNumber('--checkpoint-steps'))
    .option('--no-lowering', 'run the graph as it is, without rewriting it for this machine')
    .option('--ui', 'show the run in a browser while it trains, as gradus ui does')
    .option(
      '--log <names>',
      'also write tensorboard, csv, or both: tensorboard,csv; a run that goes on does so, too',
      (text) => text.split(','),
    )
    .option('--json', 'print each event as a line of JSON; the last one is the summary')
    .addHelpText(
      'after',
      examples(
        'gradus train digits',
        'gradus train mnist --data data/mnist --epochs 2',
        'gradus train cifar10 --data data/cifar10 --model resnet18 --batch-size 256',
        'gradus train photos/ --size 64',
        'gradus train recipe.ts --seed 1 --json | tail -1',
        'gradus train digits --ui --log tensorboard',
        'gradus train houses.csv --label price --ignore id,street --missing mean',
        'gradus train digits --folds 5',
        'gradus train --resume runs/digits-1',
      ),
    )
    .action(async (what, options) =>
      options.folds === undefined
        ? (await import('./commands/train.ts')).train(what, options)
        : (await import('./commands/train-folds.ts')).trainFolds(what, options),
    )
}

function addData(program: Command): void {
  const data = program
    .command('data')
    .summary('look at data')
    .description('Tell what is in a data set and what is wrong with it, and draw samples of it.')
    .argument('<what>', 'a folder of pictures, a table, a folder with the files of a known set, or its name')
    .option('--data <dir>', 'folder with the files, of a data set that is called by its name')
    .option('--size <pixels>', 'side that all pictures of a folder get', wholeNumber('--size'))
  tableOptions(data, 'skip')
    .option('--augment <policy>', 'draw pictures also as training would see them: light, standard, strong')
    .option('--out <dir>', 'folder for the drawings')
    .option('--seed <n>', 'which samples are drawn', wholeNumber('--seed', 0))
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'gradus data photos/ --augment standard --out sheets',
        'gradus data houses.csv --label price',
        'gradus data mnist --data data/mnist --json',
      ),
    )
    .action(async (what, options) => (await import('./commands/data.ts')).data(what, options))
}

function addPredict(program: Command): void {
  program
    .command('predict')
    .summary('classify images, or predict for the rows of a table')
    .description(
      'Ask a trained network about images or the rows of a table: the likeliest classes and their probabilities, or ' +
        'the numbers that it predicts, in the units of the label.',
    )
    .argument('<model>', 'folder of a run, or an ONNX file that Gradus wrote')
    .argument(
      '<files...>',
      'PNG, JPEG, WebP, ..., whose pixels are taken as they are (MNIST is white on black); or CSV, TSV, Parquet with ' +
        'the columns of training, in any order, with or without the label',
    )
    .option('--top <n>', 'how many classes to print', wholeNumber('--top'), 3)
    .option('--tta <how>', lookAgain, 'none')
    .option('--ignore <columns>', 'columns of a table that training did not have: a,b,c', names('--ignore'))
    .option('--out <file>', 'write a CSV file: the class and its probability, or the numbers')
    .option('--probabilities', 'with --out: also a column for each class')
    .option('--no-lowering', 'run the graph as it is, without rewriting it for this machine')
    .option('--json', 'print one line of JSON per image or row, with all classes')
    .addHelpText(
      'after',
      examples(
        'gradus predict runs/digits-1 three.png',
        'gradus predict model.onnx *.png',
        'gradus predict runs/houses-1 new-houses.csv --out predictions.csv',
      ),
    )
    .action(async (...args) => (await import('./commands/predict.ts')).predict(args[0], args[1], args[2]))
}

function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .summary('say what a network is worth')
    .description(
      'Evaluate a network: accuracy with its interval, loss, measures by class, calibration, what is confused with what, ' +
        'the worst samples. A run keeps evaluation.json and confusion.svg in its folder.',
    )
    .argument('<model>', 'folder of a run, or an ONNX file that Gradus wrote')
    .option(
      '--split <name>',
      'samples: test, validation, train; all, for a model on data that are new to it',
      'test',
    )
    .option('--data <dir>', 'folder with the files of the data set, where the run does not know it')
    .option('--tta <how>', lookAgain, 'none')
    .option('--no-lowering', 'run the graph as it is, without rewriting it for this machine')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'gradus evaluate runs/digits-1',
        'gradus evaluate runs/cifar10-1 --tta flip --split validation',
        'gradus evaluate model.onnx --data data/mnist --json',
      ),
    )
    .action(async (model, options) => (await import('./commands/evaluate.ts')).evaluateModel(model, options))
}

const lookAgain =
  'average over views of a picture: none, flip, flip-translate, five-crop, ten-crop, multi-scale'

function addEnsemble(program: Command): void {
  program
    .command('ensemble')
    .summary('make one network of several')
    .description(
      'Write one ONNX file that says what several networks say on average, to evaluate and to predict with. Networks of one ' +
        'recipe that differ in their seed make different mistakes, and together fewer.',
    )
    .argument('<models...>', 'folders of runs, or ONNX files that Gradus wrote, for the same data')
    .requiredOption('--out <file>', 'the ONNX file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'gradus ensemble runs/digits-1 runs/digits-2 --out both.onnx',
        'gradus evaluate both.onnx',
        'gradus predict both.onnx three.png',
      ),
    )
    .action(async (...args) => (await import('./commands/ensemble.ts')).writeEnsemble(args[0], args[1]))
}

function addInfo(program: Command): void {
  program
    .command('info')
    .summary('look at a run or a model')
    .description('Show what a run did, or what an ONNX file holds.')
    .argument('<model>', 'folder of a run, or an ONNX file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples('gradus info runs/digits-1', 'gradus info runs/digits-1/model.onnx --json'),
    )
    .action(async (path, options) => (await import('./commands/info.ts')).info(path, options))
}

function addList(program: Command): void {
  program
    .command('list')
    .summary('list what there is to build with')
    .description(
      'List the activations, layers, losses, optimizers, schedules, ... that Gradus has, with sources.',
    )
    .argument('[kind]', 'activations, layers, initializers, losses, optimizers, transforms, schedules, ...')
    .option('--json', 'print one JSON object per entry; the last line counts and names them by kind')
    .addHelpText('after', examples('gradus list', 'gradus list schedules', 'gradus list --json | tail -1'))
    .action(async (kind, options) => (await import('./commands/list.ts')).list(kind, options))
}

function addEnv(program: Command): void {
  program
    .command('env')
    .summary('tell what runs here, and why')
    .description(
      'Tell what training and prediction run on: processor, instructions, lowering, threads, memory, versions; and why.',
    )
    .option('--json', 'print one JSON object: { value, reason } for each fact')
    .addHelpText('after', examples('gradus env', 'gradus env --json'))
    .action(async (options) => (await import('./commands/env.ts')).env(options))
}

/** Commander's messages in the form of ours: what is wrong on the first line, what to do indented below it. */
const noted = (text: string) => text.replace(/\n\((.*)\)/, (_, hint: string) => `\n  ${hint.toLowerCase()}`)
