/**
 * What the thread that reads Parquet files runs: JavaScript, because a thread starts from no TypeScript. It answers each
 * question (a {@link ParquetQuestion} of a file, or only the file) by a {@link ParquetAnswer}; the rest of what it is for stands
 * in parquet-thread.ts.
 */
export const parquetCode = `
const { open } = process.getBuiltinModule('node:fs/promises')
const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads')
const { modules, maxPage } = workerData

/** The file, as hyparquet reads it: by ranges. */
async function fileAt(path) {
  const handle = await open(path)
  const { size } = await handle.stat()
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (!(start >= 0 && start <= end && end <= size)) throw new Error('it refers to bytes that the file does not have')
      const bytes = new Uint8Array(end - start)
      let done = 0
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done)
        if (bytesRead === 0) throw new Error('the file ends too early')
        done += bytesRead
      }
      return bytes.buffer
    },
  }
}

/** A page that claims to unpack to very much more than it holds is not unpacked. */
const guarded = (compressors) =>
  Object.fromEntries(
    Object.entries(compressors).map(([codec, unpack]) => [
      codec,
      (bytes, length) => {
        if (length > maxPage && length > 1032 * bytes.length) throw new Error('a page claims to unpack to ' + length + ' bytes')
        return unpack(bytes, length)
      },
    ]),
  )

/** What a column holds, in the words of this reader. */
function kindOf({ element, children }) {
  if (element.repetition_type === 'REPEATED') return 'list'
  if (children.length > 0) {
    const isImage = children.some(({ element: { name, type } }) => name === 'bytes' && type === 'BYTE_ARRAY')
    return isImage ? 'image' : children[0].element.repetition_type === 'REPEATED' ? 'list' : 'struct'
  }
  const { type, converted_type: converted = '', logical_type: logical } = element
  if (/DATE|TIME|INTERVAL/.test(converted) || /DATE|TIME/.test(logical?.type ?? '') || type === 'INT96') return 'time'
  if (/UTF8|ENUM/.test(converted) || /STRING|ENUM/.test(logical?.type ?? '')) return 'text'
  if (converted === 'DECIMAL' || logical?.type === 'FLOAT16') return 'number'
  if (type === 'BOOLEAN') return 'flag'
  if (/^INT|^FLOAT|^DOUBLE/.test(type)) return 'number'
  return type === 'BYTE_ARRAY' && !logical && !converted ? 'bytes' : 'other'
}

const numbersOf = (cells) => Float64Array.from(cells, (cell) => (cell === null || cell === undefined ? NaN : Number(cell)))
const textsOf = (cells) => Array.from(cells, (cell) => (cell === null || cell === undefined ? null : String(cell)))
const bytesOf = (cells) => Array.from(cells, (cell) => (cell === null || cell === undefined ? null : cell.slice()))

async function openFile(path) {
  const { parquetMetadataAsync, parquetSchema } = await import(modules.hyparquet)
  const { parquetReadColumn } = await import(modules.read)
  const compressors = guarded((await import(modules.compressors)).compressors)
  const file = await fileAt(path)
  const metadata = await parquetMetadataAsync(file, { geoparquet: false })
  const kinds = new Map(parquetSchema(metadata).children.map((child) => [child.element.name, kindOf(child)]))
  const groups = metadata.row_groups.map((group) => Number(group.num_rows))
  const total = groups.reduce((a, b) => a + b, 0)
  if (!groups.every((rows) => Number.isSafeInteger(rows) && rows >= 0) || total !== Number(metadata.num_rows)) {
    throw new Error('its parts do not have the rows that it should have')
  }
  const starts = groups.map((_, g) => groups.slice(0, g).reduce((a, b) => a + b, 0))

  async function cellsOf({ group, column }) {
    const kind = kinds.get(column)
    const rows = groups[group]
    const range = { rowStart: starts[group], rowEnd: starts[group] + rows }
    const cells = await parquetReadColumn({ file, metadata, columns: [column], compressors, utf8: false, ...range })
    if (cells.length !== rows) throw new Error('column "' + column + '" has ' + cells.length + ' values for ' + rows + ' rows')
    if (kind === 'number') return { numbers: numbersOf(cells) }
    if (kind === 'image') return { bytes: bytesOf(Array.from(cells, (cell) => cell?.bytes)) }
    return kind === 'bytes' ? { bytes: bytesOf(cells) } : { texts: textsOf(cells) }
  }

  const features = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value
  return { content: { columns: [...kinds].map(([name, kind]) => ({ name, kind })), groups, features }, cellsOf }
}

const files = new Map()

async function answerTo({ path, question }) {
  if (!files.has(path)) files.set(path, openFile(path))
  const { content, cellsOf } = await files.get(path)
  return question ? cellsOf(question) : content
}

const fail = (error) => parentPort.postMessage({ error: String(error?.message ?? error) , code: error?.code })
// Ranges are read ahead: when several fail, the one that is waited for tells it.
process.on('unhandledRejection', () => undefined)
parentPort.on('message', (asked) => answerTo(asked).then((answer) => parentPort.postMessage(answer), fail))
`
