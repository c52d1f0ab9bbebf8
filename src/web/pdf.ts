import { readFileSync } from 'node:fs'
import PDFDocument from 'pdfkit'
import { type Translate, t } from './words.ts'

/** A4 and its edges, in points. */
export const PAGE = { width: 595.28, height: 841.89, margin: 42, foot: 56 } as const

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

/** What pdfkit has and its types do not tell of: the font in use, to write with it by hand. */
interface FontInUse {
  id: string
  ref(): unknown
  encode(text: string): [string[], unknown]
  font: { hasGlyphForCodePoint(codePoint: number): boolean }
  layoutCache: Record<string, unknown>
}

/**
 * A PDF that can be sent while it is written: take() gives the bytes so far, and no page is kept once the next one has begun. How many
 * pages there are is known at the end only, so "of 5" is one form that every page shows and that is drawn last.
 *
 * Fonts are DejaVu Sans: Latin, Greek, Cyrillic, Arabic, Hebrew, symbols. A character that it lacks, such as Chinese or an emoji, is shown
 * as a box, and `lacksCharacters` says that there was one; lines of Arabic and Hebrew are set from left to right.
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

  /** `foot` stands below every page; `onPage` draws what stands above the rows of every page but the first. */
  constructor({ title, author, language, words, foot, onPage }: PdfFacts) {
    this.#doc = new PDFDocument({
      size: 'A4',
      // Where a page ends is said by whoever draws the rows, so that none is cut.
      margins: { top: PAGE.margin, left: PAGE.margin, right: PAGE.margin, bottom: 0 },
      autoFirstPage: false,
      lang: language,
      displayTitle: true,
      info: { Title: title, Author: author, Producer: 'Purser', Creator: 'Purser' },
    })
    for (const face of Object.keys(FILES) as Face[]) this.#doc.registerFont(face, fontOf(face))
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
    const at = margin + this.#widthOf(before, style)
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
    const { size = 8, face = 'regular', grey = 0, width, align, oneLine } = style
    const shown = this.#printable(text, face)
    if (!shown) return 0
    const level = Math.round(grey * 255)
    this.#doc.fontSize(size).fillColor([level, level, level])
    if (width && oneLine) {
      const wanted = this.#doc.widthOfString(shown)
      if (wanted > width) this.#doc.fontSize((size * width * 0.995) / wanted)
    }
    this.#doc.text(shown, x, y, {
      ...(width && { width, align: align ?? 'left' }),
      lineBreak: Boolean(width),
    })
    return oneLine ? this.heightOf(text, { size, face }) : this.heightOf(text, style)
  }

  /** How high a text will stand. */
  heightOf(text: string, { size = 8, face = 'regular', width }: Style): number {
    const shown = this.#printable(text, face)
    if (!shown) return 0
    this.#doc.fontSize(size)
    return width ? this.#doc.heightOfString(shown, { width }) : this.#doc.currentLineHeight(true)
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

  #widthOf(text: string, { size }: { size: number }) {
    this.#use('regular')
    return this.#doc.fontSize(size).widthOfString(text)
  }

  /** The text in this face as it can be shown: without control characters, each that the font lacks as a box. */
  #printable(text: string, face: Face): string {
    const { font } = this.#use(face)
    if (/^[\x20-\x7e]*$/.test(text)) return text
    const lines = text.normalize('NFC').replaceAll(/[^\P{C}\n\u200c\u200d]/gu, '')
    return Array.from(this.#graphemes.segment(lines), ({ segment }) => {
      const isThere = [...segment].every(
        (one) => one === '\n' || font.hasGlyphForCodePoint(one.codePointAt(0) ?? 0),
      )
      this.lacksCharacters ||= !isThere
      return isThere ? segment : LACKING
    }).join('')
  }
}

interface PdfFacts {
  title: string
  author: string
  /** BCP 47. */
  language: string
  words: Translate
  foot: string
  onPage: () => void
}
