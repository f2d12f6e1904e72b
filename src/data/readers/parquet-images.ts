import { ensure, GradusError } from '../../core/index.ts'
import { type ClassificationData, makeSplit, type RegressionData, type SampleReader } from '../dataset.ts'
import { checkFormat, type FormatOptions, formatOf } from '../images/format.ts'
import { pictureReader } from '../images/reader.ts'
import { splitDataset } from '../splits.ts'
import { expectPairs } from './labels.ts'
import { readColumn } from './parquet-columns.ts'
import { classNames } from './parquet-file.ts'
import type { ParquetSource } from './parquet-source.ts'
import { columnName, missingOf } from './table.ts'
import { learn, type TableOptions, UNLABELED } from './table-dataset.ts'

export interface ImageOptions extends TableOptions {
  images?: FormatOptions
}

/** A data set of pictures, which are decoded when they are asked for. */
export type PictureData = ClassificationData<SampleReader> | RegressionData<SampleReader>

/**
 * A data set of the pictures in a column. Their bytes are kept in memory as they are in the file; they are decoded when they
 * are asked for.
 * @throws if a picture or a label is missing, or the pictures are of several sizes and `images` says nothing.
 */
export async function parquetImages(
  file: ParquetSource,
  column: string,
  options: ImageOptions,
): Promise<PictureData> {
  const { path } = file
  const { images = {}, split = {}, task } = options
  checkFormat('parquet images', images)
  const notices = [...(file.notices ?? [])]
  ensure(
    !Array.isArray(options.label) && split.group === undefined && options.missing !== 'mean',
    `${path}: expected one label, no group, and missing 'error' for a data set of pictures`,
  )
  const labelName = columnName(file.names, options.label as string | number, path)
  const label = await readColumn(file, labelName, {
    asked: options.columns?.[labelName],
    classes: task === 'regression' ? undefined : classNames(file, labelName),
  })
  const { first } = missingOf(label, file.rows)
  ensure(
    first < 0,
    `${file.placeOf(first)}, column "${labelName}": expected a label, found none`,
    ...(first >= (file.testFrom ?? file.rows) ? [UNLABELED] : []),
  )
  const others = file.names.filter((name) => name !== column && name !== labelName)
  if (others.length > 0) notices.push(`columns beside the pictures are left out: ${others.join(', ')}`)
  const pictures = await readPictures(file, column)
  const learned = learn([label], path, task, notices)
  if (file.testFrom === undefined) expectPairs(learned, path)
  const { format, notices: sizes } = await formatOf(path, pictures, images)
  const reader = pictureReader(pictures, { format })
  const shape = [format.channels, format.height, format.width]
  const { fit } = format
  const common = {
    name: file.name,
    ...split,
    testFrom: file.testFrom,
    inputRange: [0, 255] as const,
    notices: [...notices, ...sizes],
    ...(fit && { fit }),
  }
  return 'classes' in learned
    ? splitDataset({
        ...common,
        samples: makeSplit(reader, learned.labels, shape, path),
        classes: learned.classes,
      })
    : splitDataset({
        ...common,
        samples: makeSplit(reader, learned.labels, shape, path),
        targets: learned.targets,
      })
}

async function readPictures(
  file: ParquetSource,
  column: string,
): Promise<{ name: string; bytes: Uint8Array }[]> {
  const pictures: { name: string; bytes: Uint8Array }[] = []
  for await (const { bytes, row } of file.cellsOf(column)) {
    bytes!.forEach((cell, i) => {
      const name = file.placeOf(row + i)
      if (!cell) {
        throw new GradusError(`${name}, column "${column}": expected the bytes of a picture, found none`, [
          'the file may hold paths alone: read the pictures as a folder',
        ])
      }
      pictures.push({ name, bytes: cell })
    })
  }
  ensure(pictures.length > 0, `${file.path}: expected pictures, found no rows`)
  return pictures
}
