import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Direction, type Run, paragraphOf, runsOf } from '../words/bidi.ts'
import { shownAddresses } from '../words/email-address.ts'
import { type Translate, t } from '../words/words.ts'

/** A4 and its edges, in points. */
export const PAGE = { width: 595.28, height: 841.89, margin: 42, foot: 56 } as const

const require = createRequire(import.meta.url)

/** Loaded with the first statement: it needs ten megabytes, and many a process never prints. */
const newDocument = (options: PDFKit.PDFDocumentOptions) => {
  const PDFDocument = require('pdfkit') as typeof import('pdfkit')
  return new PDFDocument(options)
}

type Face = 'regular' | 'bold'

interface Style {
  size?: number
  face?: Face
  /** From 0, black, to 1, white. */
  grey?: number
  width?: number
  align?: 'left' | 'right'
  /** On one line in any case: smaller where the width is too little for it, as a figure that breaks is another figure. */
  oneLine?: boolean
  /** Read in the direction of its first letter: what people wrote, and times in their language. Else from left to right. */
  isTheirs?: boolean
}

const FILES: Readonly<Record<Face, string>> = {
  regular: import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf'),
  bold: import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf'),
}
const fonts = new Map<Face, Buffer>()

function fontOf(face: Face): Buffer {
  const known = fonts.get(face)
  if (known) return known
  const file = readFileSync(new URL(FILES[face]))
  fonts.set(face, file)
  return file
}

/** What stands for a character that the font does not have. */
const LACKING = '□'

/** Control characters, but line ends, what joins and parts letters, and the marks of direction, which bidi.ts reads and takes away. */
const UNDRAWN = /[^\P{C}\n\u061c\u200c-\u200f\u2066-\u2069]/gu
const NEEDS_NO_GLYPH = /[\n\u061c\u200c-\u200f\u2066-\u2069]/

/** What pdfkit has and its types do not tell of: the font in use, to write with it by hand. */
interface FontInUse {
  id: string
  ref(): unknown
  encode(text: string): [string[], unknown]
  font: {
    hasGlyphForCodePoint(codePoint: number): boolean
    layout(
      text: string,
      features?: object,
      script?: string,
      language?: string,
      direction?: Direction,
    ): unknown
  }
  layoutCache: Record<string, unknown>
}

/** What pdfkit breaks a text into lines with; together they are the text. */
interface LineBreaker {
  _text(
    text: string,
    x: number,
    y: number,
    options: { width: number; height: number },
    onLine: (line: string) => void,
  ): void
}

/**
 * A PDF that is sent while it is written: take() returns the bytes so far, and no finished page is kept. The number of pages is only
 * known at the end, so "of 5" is one form that every page shows and that is drawn last.
 *
 * Fonts are DejaVu Sans: Latin, Greek, Cyrillic, Arabic, Hebrew, symbols. A missing character, such as Chinese or an emoji, is drawn as
 * a box and noted in `lacksCharacters`. Each line is ordered by Unicode's bidirectional algorithm and drawn run by run, because pdfkit
 * sets a whole word in the direction of its first letter.
 */
export class Pdf {
  /** Whether some character was shown as a box. */
  lacksCharacters = false
  readonly #doc: PDFKit.PDFDocument
  readonly #pages: PDFKit.PDFKitReference
  readonly #words: Translate
  readonly #graphemes: Intl.Segmenter
  readonly #foot: string
  readonly #onPage: () => void
  #count = 0
  /** In which direction the next run is shaped. */
  #direction: Direction = 'ltr'

  /** `foot` stands below every page; `onPage` draws what stands above the rows of every page but the first. */
  constructor({ title, author, language, words, foot, onPage }: PdfFacts) {
    this.#doc = newDocument({
      size: 'A4',
      // Where a page ends is said by the code that draws the rows, so that none is cut.
      margins: { top: PAGE.margin, left: PAGE.margin, right: PAGE.margin, bottom: 0 },
      autoFirstPage: false,
      lang: language,
      displayTitle: true,
      info: { Title: title, Author: author, Producer: 'Purser', Creator: 'Purser' },
    })
    for (const face of Object.keys(FILES) as Face[]) this.#register(face)
    this.#pages = this.#doc.ref({ Type: 'XObject', Subtype: 'Form', BBox: [-2, -4, 120, 12] })
    this.#words = words
    this.#graphemes = new Intl.Segmenter(language, { granularity: 'grapheme' })
    this.#foot = foot
    this.#onPage = onPage
  }

  /** Begins a page, with its foot and its number. */
  newPage() {
    this.#doc.addPage()
    // What a word looks like is remembered for a page only: a long document has very many words.
    for (const face of Object.keys(FILES) as Face[]) this.#use(face).layoutCache = {}
    this.#count++
    const y = PAGE.height - PAGE.foot + 20
    this.rule(y - 7)
    const style = { size: 7.5, grey: 0.4 }
    const { margin, width } = PAGE
    // The number stands at the left, where it begins at the edge: at the right it would have to end there, and how long it is is known last.
    const [before = ''] = this.#numbered()
    this.write(before, margin, y, style)
    // The blank before the number belongs to what is before it, and a line has none at its end.
    const at = margin + this.#doc.fontSize(style.size).widthOfString(before)
    this.write(this.#foot, margin + 120, y, { ...style, width: width - 2 * margin - 120, align: 'right' })
    this.#doc.page.xobjects.Pages = this.#pages
    this.#doc.addContent(`q 1 0 0 -1 ${at.toFixed(2)} ${(y + 7).toFixed(2)} cm /Pages Do Q`)
    if (this.#count > 1) this.#onPage()
  }

  /** "Page 2 of " and what comes after the number of all pages. */
  #numbered(): string[] {
    return this.#words(t('Page {page} of {pages}', { page: this.#count, pages: '\n' })).split('\n')
  }

  /** Writes a text with its top left corner there, in lines where it has a width. Gives its height. */
  write(text: string, x: number, y: number, style: Style = {}): number {
    const { size = 8, grey = 0, width, align, oneLine } = style
    const lines = this.#linesOf(text, style)
    const level = Math.round(grey * 255)
    this.#doc.fillColor([level, level, level])
    const lineHeight = this.#doc.currentLineHeight(true)
    for (const [place, runs] of lines.entries()) {
      const wanted = this.#widthOf(runs)
      if (width && oneLine && wanted > width) this.#doc.fontSize((size * width * 0.995) / wanted)
      const edge = width && align === 'right' ? x + width - this.#widthOf(runs) : x
      this.#draw(runs, edge, y + place * lineHeight)
    }
    return lines.length * lineHeight
  }

  /** How high a text will stand. */
  heightOf(text: string, style: Style): number {
    return this.#linesOf(text, style).length * this.#doc.currentLineHeight(true)
  }

  /** A thin line across the page. */
  rule(y: number, { grey = 0.8, weight = 0.5 } = {}) {
    const level = Math.round(grey * 255)
    this.#doc.lineWidth(weight).strokeColor([level, level, level])
    this.#doc
      .moveTo(PAGE.margin, y)
      .lineTo(PAGE.width - PAGE.margin, y)
      .stroke()
  }

  /** The bytes that are ready, or null. */
  take(): Buffer | null {
    return this.#doc.read() as Buffer | null
  }

  /** Draws the number of pages and ends the document; what is left can be taken. */
  finish() {
    const [, after = ''] = this.#numbered()
    const font = this.#use('regular')
    const [glyphs] = font.encode(this.#printable(`${this.#count}${after}`, 'regular'))
    Object.assign(this.#pages.data, { Resources: { Font: { [font.id]: font.ref() } } })
    this.#pages.end(Buffer.from(`BT 0.4 g /${font.id} 7.5 Tf <${glyphs.join('')}> Tj ET`))
    this.#doc.end()
  }

  #use(face: Face): FontInUse {
    this.#doc.font(face)
    return (this.#doc as unknown as { _font: FontInUse })._font
  }

  /** Makes a face of the type known to the document; it shapes in the direction of the run, whatever it makes of the letters. */
  #register(face: Face) {
    this.#doc.registerFont(face, fontOf(face))
    const { font } = this.#use(face)
    const layout = font.layout.bind(font)
    font.layout = (text, features) => layout(text, features, undefined, undefined, this.#direction)
  }

  /** The lines of a text, each as its runs from left to right; face and size are in use then. An empty text has none. */
  #linesOf(text: string, { size = 8, face = 'regular', width, oneLine, isTheirs }: Style): Run[][] {
    const shown = this.#printable(shownAddresses(text), face)
    this.#doc.fontSize(size)
    if (!shown) return []
    return shown.split('\n').flatMap((one) => {
      const paragraph = paragraphOf(one, isTheirs ? 'auto' : 'ltr')
      const lines = width && !oneLine ? this.#broken(paragraph.text, width) : [paragraph.text]
      let end = 0
      return lines.map(({ length }) => {
        const start = end
        end += length
        return runsOf(paragraph, start, end)
      })
    })
  }

  /** The lines that a paragraph is broken into, in the order in which it is read. */
  #broken(text: string, width: number): string[] {
    const lines: string[] = []
    const breaker = this.#doc as unknown as LineBreaker
    if (text)
      breaker._text(text, 0, 0, { width, height: Number.POSITIVE_INFINITY }, (line) => lines.push(line))
    return text ? lines : ['']
  }

  #widthOf(runs: readonly Run[]): number {
    const widths = runs.map((run) =>
      this.#shaped(run, (options) => this.#doc.widthOfString(run.text, options)),
    )
    return widths.reduce((sum, width) => sum + width, 0)
  }

  #draw(runs: readonly Run[], x: number, y: number) {
    let at = x
    for (const run of runs) {
      this.#shaped(run, (options) => this.#doc.text(run.text, at, y, { lineBreak: false, ...options }))
      at += this.#widthOf([run])
    }
  }

  /** Does something with a run while it is shaped in its direction; from right to left as a whole, else word by word. */
  #shaped<Result>({ direction }: Run, work: (options: { features?: [] }) => Result): Result {
    this.#direction = direction
    try {
      // With features, be they none, pdfkit lets the type shape the whole run; without, it shapes and remembers word by word.
      return work(direction === 'rtl' ? { features: [] } : {})
    } finally {
      this.#direction = 'ltr'
    }
  }

  /** The text in this face as it can be shown: without control characters, each that the font lacks as a box. */
  #printable(text: string, face: Face): string {
    const { font } = this.#use(face)
    if (/^[\x20-\x7e]*$/.test(text)) return text
    const lines = text
      .normalize('NFC')
      .replaceAll(/[\u2028\u2029]/g, '\n')
      .replaceAll(UNDRAWN, '')
    return Array.from(this.#graphemes.segment(lines), ({ segment }) => {
      const isThere = [...segment].every(
        (one) => NEEDS_NO_GLYPH.test(one) || font.hasGlyphForCodePoint(one.codePointAt(0) ?? 0),
      )
      this.lacksCharacters ||= !isThere
      return isThere ? segment : LACKING
    }).join('')
  }
}

/** Whether the type of the documents, regular and bold, has every letter of a text. */
export function canPrint(text: string): boolean {
  faces ??= (Object.keys(FILES) as Face[]).map((face) => {
    const scratch = newDocument({ autoFirstPage: false }).font(fontOf(face))
    return (scratch as unknown as { _font: FontInUse })._font.font
  })
  const drawn = [...text.normalize('NFC').replaceAll(UNDRAWN, '')].filter((one) => !NEEDS_NO_GLYPH.test(one))
  return faces.every((font) => drawn.every((one) => font.hasGlyphForCodePoint(one.codePointAt(0) ?? 0)))
}
let faces: FontInUse['font'][] | undefined

interface PdfFacts {
  title: string
  author: string
  /** BCP 47. */
  language: string
  words: Translate
  foot: string
  onPage: () => void
}
