import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Request, Response } from 'express'

/** The best first. Browsers list them without saying which they like better. */
const ENCODINGS = ['br', 'gzip'] as const

type Encoding = (typeof ENCODINGS)[number]

/** How this browser takes an answer best; undefined: as it is. */
export const encodingFor = (req: Request): Encoding | undefined =>
  ENCODINGS.find((encoding) => req.acceptsEncodings(encoding))

/** Compresses in a thread of Node's own: what is kept as far as it goes, and what is sent once in a few milliseconds. */
export function compress(
  content: string | Buffer,
  encoding: Encoding,
  { isKept = false } = {},
): Promise<Buffer> {
  if (encoding === 'gzip') return gzipped(content, { level: isKept ? 9 : 5 })
  return brotlied(content, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: isKept ? 11 : 4,
      [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(content),
    },
  })
}

const gzipped = promisify(gzip)
const brotlied = promisify(brotliCompress)

/** Below this, the headers outweigh what is saved. */
const CHARACTERS_MIN = 1000

/**
 * Sends a page, compressed where the browser takes it so. What another site asked for is not: from the length of compressed answers it
 * could tell what stands beside the words that it put there (BREACH). Browsers say who asked, other clients ask for themselves.
 */
export async function sendPage(res: Response, html: string) {
  res.vary('Accept-Encoding').vary('Sec-Fetch-Site')
  const encoding = isAskedByAnotherSite(res.req) ? undefined : encodingFor(res.req)
  res.type('html')
  if (!encoding || html.length < CHARACTERS_MIN) return res.send(html)
  const body = await compress(html, encoding)
  res.set('Content-Encoding', encoding).send(body)
}

const isAskedByAnotherSite = (req: Request) =>
  !['same-origin', 'none', undefined].includes(req.get('Sec-Fetch-Site'))
