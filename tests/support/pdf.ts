import { inflateSync } from 'node:zlib'
import type { Visitor } from './visit.ts'

/** Objects of a PDF as pdfkit writes it: what stands between `7 0 obj` and `endobj`, the stream inflated. */
interface PdfObject {
  dictionary: string
  stream: string
}

/** What a page says: its lines from top to bottom, each from left to right, as many blanks between two texts as one. */
export type PdfPage = string[]

/** Gets a file as bytes. */
export async function bytesOf(browser: Visitor, path: string): Promise<{ answer: Response; bytes: Buffer }> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const answer = await fetch(new URL(path, browser.url), { headers: { Cookie: cookie }, redirect: 'manual' })
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) }
}

/**
 * Reads a PDF back as a reader program does, as far as pdfkit's need it: through the page tree, each page's content and forms, each font's
 * own table of what its glyphs mean. Throws where a glyph has no meaning, or where the file ends too early.
 */
export function readPdf(bytes: Buffer): PdfPage[] {
  const text = bytes.toString('latin1')
  if (!text.startsWith('%PDF-') || !text.trimEnd().endsWith('%%EOF')) throw new Error('This is no whole PDF.')
  const objects = objectsOf(text)
  const find = (reference: string | undefined): PdfObject => {
    const object = objects.get(Number(reference))
    if (!object) throw new Error(`The object ${reference} is missing.`)
    return object
  }
  const root = find(/\/Root (\d+) 0 R/.exec(text)?.[1])
  const tree = find(/\/Pages (\d+) 0 R/.exec(root.dictionary)?.[1])
  const kids = [...(/\/Kids \[([^\]]*)\]/.exec(tree.dictionary)?.[1] ?? '').matchAll(/(\d+) 0 R/g)]
  const fonts = new Map<string, Map<string, string>>()
  const glyphsOf = (font: string) => {
    if (!fonts.has(font)) {
      const unicode = /\/ToUnicode (\d+) 0 R/.exec(find(font).dictionary)?.[1]
      fonts.set(font, meaningsOf(find(unicode).stream))
    }
    return fonts.get(font) as Map<string, string>
  }
  return kids.map(([, page]) => {
    const { dictionary } = find(page)
    const resources = find(/\/Resources (\d+) 0 R/.exec(dictionary)?.[1]).dictionary
    const content = find(/\/Contents (\d+) 0 R/.exec(dictionary)?.[1]).stream
    const named = (kind: string, from: string) =>
      new Map(
        [...(new RegExp(`/${kind} <<([^>]*)>>`).exec(from)?.[1] ?? '').matchAll(/\/(\w+) (\d+) 0 R/g)].map(
          ([, name = '', reference = '']) => [name, reference],
        ),
      )
    const forms = named('XObject', resources)
    const texts = textsOf(content, (name) => glyphsOf(named('Font', resources).get(name) ?? ''))
    for (const [, x, y, name = ''] of content.matchAll(/q 1 0 0 -1 ([\d.]+) ([\d.]+) cm \/(\w+) Do/g)) {
      const form = find(forms.get(name))
      const inner = textsOf(form.stream, (font) => glyphsOf(named('Font', form.dictionary).get(font) ?? ''))
      // A page is 841.89 points high, and is drawn from its top.
      for (const one of inner)
        texts.push({ x: Number(x) + one.x, y: 841.89 - Number(y) + one.y, text: one.text })
    }
    return linesOf(texts)
  })
}

function objectsOf(text: string): Map<number, PdfObject> {
  const objects = new Map<number, PdfObject>()
  const begins = /(?:^|\n)(\d+) 0 obj\n([\s\S]*?)\n(stream\n|endobj)/g
  for (let found = begins.exec(text); found; found = begins.exec(text)) {
    const [, number, dictionary = '', follows] = found
    let stream = ''
    if (follows !== 'endobj') {
      const length = Number(/\/Length (\d+)/.exec(dictionary)?.[1])
      const packed = Buffer.from(text.slice(begins.lastIndex, begins.lastIndex + length), 'latin1')
      begins.lastIndex += length
      stream = (dictionary.includes('/FlateDecode') ? inflateSync(packed) : packed).toString('latin1')
    }
    objects.set(Number(number), { dictionary, stream })
  }
  return objects
}

/** A font's table: glyph by glyph, or in runs. */
function meaningsOf(table: string): Map<string, string> {
  const meanings = new Map<string, string>()
  const read = (hex: string) => {
    const units = hex.replaceAll(/\s/g, '').match(/.{4}/g) ?? []
    return String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16)))
  }
  for (const [, from = '', , list = ''] of table.matchAll(/<(\w+)> <(\w+)> \[([^\]]*)\]/g)) {
    const start = Number.parseInt(from, 16)
    for (const [at, [, hex = '']] of [...list.matchAll(/<([\w\s]*)>/g)].entries())
      meanings.set((start + at).toString(16).padStart(4, '0'), read(hex))
  }
  return meanings
}

interface Placed {
  x: number
  y: number
  text: string
}

function textsOf(content: string, glyphsOf: (font: string) => ReadonlyMap<string, string>): Placed[] {
  return [...content.matchAll(/BT\b([\s\S]*?)\bET/g)].map(([, part = '']) => {
    const [, x = '0', y = '0'] = /1 0 0 1 ([\d.-]+) ([\d.-]+) Tm/.exec(part) ?? []
    const glyphs = glyphsOf(/\/(\w+) [\d.]+ Tf/.exec(part)?.[1] ?? '')
    const codes = [...part.matchAll(/<([0-9a-f]+)>/g)].flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? [])
    const text = codes.map((code) => {
      const meaning = glyphs.get(code)
      if (meaning === undefined) throw new Error(`The glyph ${code} means nothing.`)
      return meaning
    })
    return { x: Number(x), y: Number(y), text: text.join('') }
  })
}

/** Texts of one height are one line. */
function linesOf(texts: readonly Placed[]): PdfPage {
  const rows = new Map<number, Placed[]>()
  for (const one of texts) {
    const row = [...rows.keys()].find((y) => Math.abs(y - one.y) < 1.5) ?? one.y
    rows.set(row, [...(rows.get(row) ?? []), one])
  }
  return [...rows]
    .toSorted(([a], [b]) => b - a)
    .map(([, row]) =>
      row
        .toSorted((a, b) => a.x - b.x)
        .map(({ text }) => text.replaceAll('\u00a0', ' ').trim())
        .filter(Boolean)
        .join(' '),
    )
}
