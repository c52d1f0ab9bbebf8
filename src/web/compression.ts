import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib'
import type { Request, Response } from 'express'

/** The best first. Browsers list them without saying which they like better. */
const ENCODINGS = ['br', 'gzip'] as const

export type Encoding = (typeof ENCODINGS)[number]

/** How this browser takes an answer best; undefined: as it is. */
export const encodingFor = (req: Request): Encoding | undefined =>
  ENCODINGS.find((encoding) => req.acceptsEncodings(encoding))

/** In a millisecond or two. */
const GZIP = { level: 5 }
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

/** Smaller ones are compressed at once: passwords are hashed in the same threads, and such a page would wait for them longer. */
const BYTES_OF_LARGE_PAGES = 65_536

async function compress(page: Buffer, encoding: Encoding): Promise<Buffer> {
  if (page.length < BYTES_OF_LARGE_PAGES)
    return encoding === 'br' ? brotliCompressSync(page, BROTLI) : gzipSync(page, GZIP)
  return encoding === 'br' ? promisify(brotliCompress)(page, BROTLI) : promisify(gzip)(page, GZIP)
}

/** Below this, the headers outweigh what is saved. */
const CHARACTERS_MIN = 1000

/**
 * Sends a page, compressed where the browser takes it so. What another site asked for is not: from the length of compressed answers it
 * could tell what stands beside the words that it put there (BREACH). Browsers say who asked, other clients ask for themselves.
 */
export async function sendPage(res: Response, html: string) {
  res.vary('Accept-Encoding').vary('Sec-Fetch-Site')
  const encoding = isAskedByAnotherSite(res.req) ? undefined : encodingFor(res.req)
  const isCompressed = encoding !== undefined && html.length >= CHARACTERS_MIN
  const page = Buffer.from(html)
  const body = isCompressed ? await compress(page, encoding) : page
  if (isCompressed) res.setHeader('Content-Encoding', encoding)
  // What res.send() does beside this is about browsers that keep a page, and none does.
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.setHeader('Content-Length', body.length)
  res.end(body)
}

const isAskedByAnotherSite = (req: Request) =>
  !['same-origin', 'none', undefined].includes(req.get('Sec-Fetch-Site'))
