import { createReadStream, statSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { type Header, HEADER_NAME, readHeader } from './header.ts'

/** A file or folder inside of the backup. */
export interface Entry {
  name: string
  type: string
  bytes: number
  contents: AsyncIterable<Buffer>
}

interface Reading {
  signal?: AbortSignal
  /** Told how many bytes of the file have been read. */
  onRead?: (bytes: number) => void
}

/** More than any header, key or password has. */
const SMALL_BYTES_MAX = 1_000_000

/** The contents of an entry that has to be small, as text. @throws a sentence where it is not: nobody's memory has to hold that. */
export async function smallText(file: string, { name, bytes, contents }: Entry): Promise<string> {
  if (bytes > SMALL_BYTES_MAX)
    throw new Error(`${file} contains ${name}, which is not part of a Purser backup.`)
  return text(contents)
}

/** What the backup says about itself, or a sentence that says why it cannot be restored. Reads no further. */
export async function headerIn(file: string): Promise<Header> {
  let header: Header | null = null
  await eachEntry(file, {}, async (entry) => {
    if (entry.name === HEADER_NAME) header = readHeader(file, await smallText(file, entry))
    return 'enough'
  })
  return header ?? foreign(file)
}

/**
 * Has `work` read the contents of each entry, in order, until it has had enough. Without that it ends only where the file is whole: gzip's own
 * checksum and length stand at its end.
 * @throws a sentence where it was cut short, is damaged or is something else
 */
export async function eachEntry(
  file: string,
  { signal, onRead }: Reading,
  work: (entry: Entry) => Promise<'enough' | void>,
): Promise<void> {
  mustBeFile(file)
  const [source, entries] = [createReadStream(file), extract()]
  const reading = pipeline(source, createGunzip(), entries, { signal })
  // It is waited for below, or fails because of what is told there.
  reading.catch(() => {})
  let isTar = false
  try {
    for await (const entry of entries) {
      isTar = true
      onRead?.(source.bytesRead)
      const { name, type, size: bytes } = entry.header
      const answer = await work({ name, type, bytes, contents: entry as AsyncIterable<Buffer> })
      if (answer === 'enough') return
    }
    await reading
  } catch (error) {
    throw inWords(file, error, isTar)
  } finally {
    source.destroy()
  }
}

function mustBeFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) throw new Error(`The file ${file} does not exist.`)
  if (!found.isFile()) throw new Error(`${file} is not a file.`)
}

function foreign(file: string): never {
  throw new Error(`${file} is not a Purser backup.`)
}

/** What zlib and tar-stream complain of; anything else is somebody else's to tell. */
function inWords(file: string, error: unknown, isTar: boolean): unknown {
  const { code = '', message = '' } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR' || message === 'Unexpected end of data')
    return new Error(`${file} is incomplete: its end is missing.`)
  if (!code.startsWith('Z_') && !/^(Invalid (tar )?header|Header exceeds)/.test(message)) return error
  if (!isTar) return new Error(`${file} is not a Purser backup.`)
  return new Error(`${file} is damaged: its checksum does not match.`)
}
