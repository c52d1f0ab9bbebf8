import { createReadStream, type ReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { type Header, HEADER_NAME, readHeader } from './header.ts'

/** A file inside of the backup; its contents have to be read before the next one is asked for. */
export interface Entry {
  name: string
  type: string
  contents: AsyncIterable<Buffer>
}

/** More than any header has. */
const HEADER_BYTES_MAX = 1_000_000

/** What the backup says about itself, or a sentence that says why it cannot be restored. Reads no further. */
export async function headerIn(file: string): Promise<Header> {
  for await (const { name, contents, size } of entriesIn(file, {})) {
    if (name !== HEADER_NAME || size > HEADER_BYTES_MAX) break
    return readHeader(file, (await buffer(contents)).toString())
  }
  throw new Error(`${file} is not a backup of Purser.`)
}

/**
 * Every entry behind the header, in order. Ends only where the file is whole: gzip's own checksum and length stand at its end.
 * @throws a sentence where it was cut short, is damaged or is something else
 */
export async function* entriesIn(
  file: string,
  { signal, onRead }: { signal?: AbortSignal; onRead?: (bytes: number) => void },
): AsyncGenerator<Entry & { size: number }> {
  mustBeFile(file)
  const [source, entries] = [createReadStream(file), extract()]
  const ending = pipeline(source, createGunzip(), entries, { signal }).catch((error: unknown) => {
    throw inWords(file, error, source)
  })
  // It is told below; here, nobody may be waiting for it yet.
  ending.catch(() => {})
  try {
    for await (const entry of entries) {
      onRead?.(source.bytesRead)
      const { name, type, size } = entry.header
      yield { name, type, size, contents: entry as AsyncIterable<Buffer> }
    }
  } catch (error) {
    await ending
    throw error
  } finally {
    source.destroy()
  }
  await ending
}

function mustBeFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) throw new Error(`There is no file ${file}.`)
  if (!found.isFile()) throw new Error(`${file} is not a file.`)
}

function inWords(file: string, error: unknown, { bytesRead }: ReadStream): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words = error instanceof Error ? error.message : ''
  if (words === 'incorrect header check' || bytesRead === 0)
    return new Error(`${file} is not a backup of Purser.`)
  if (code === 'Z_BUF_ERROR' || words.includes('Unexpected end'))
    return new Error(`${file} was cut short: its end is missing.`)
  if (code.startsWith('Z_') || words.includes('tar header'))
    return new Error(`${file} is damaged: its checksum does not fit.`)
  return error
}
