import { stringify } from 'csv-stringify/sync'
import { type FormatSettings, formatsFor, plainAmount } from '../words/format.ts'

/** What a cell holds decides how it is written: a bigint is an amount in minor units, a Date a time, a string a text of somebody's. */
type Cell = string | bigint | Date | number | null

/** The headings of a file, each with what a row has under it. */
export type CsvColumns<Shown> = readonly (readonly [heading: string, cell: (row: Shown) => Cell])[]

export interface CsvTable<Row, Shown> {
  columns: CsvColumns<Shown>
  batches: AsyncIterable<Row[]>
  toShown: (row: Row) => Shown
  settings: FormatSettings
}

/** So many rows go out at once: few, so that what is said to have left is never far from what did. */
const ROWS_IN_A_PIECE = 25

/**
 * A CSV file, piece by piece as its rows are read: UTF-8 without a byte order mark, commas, line feeds, one line of headings. Amounts
 * are plain decimals with a point. Times are ISO 8601 in the reseller's zone with its offset, so the days are those of the page. A text
 * that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection).
 */
export async function* csvPieces<Row, Shown>({ columns, batches, toShown, settings }: CsvTable<Row, Shown>) {
  const { isoTime } = formatsFor(settings)
  const written = (rows: Cell[][]) =>
    stringify(rows, {
      escape_formulas: true,
      cast: {
        bigint: (minor) => plainAmount(minor, settings.currencyScale),
        date: (at) => isoTime(at),
      },
    })
  let headings = written([columns.map(([heading]) => heading)])
  for await (const batch of batches) {
    for (let from = 0; from < batch.length; from += ROWS_IN_A_PIECE) {
      const rows = batch.slice(from, from + ROWS_IN_A_PIECE).map(toShown)
      yield {
        bytes: headings + written(rows.map((row) => columns.map(([, cell]) => cell(row)))),
        rows: rows.length,
      }
      headings = ''
    }
  }
  if (headings) yield { bytes: headings, rows: 0 }
}
