import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import type { Response } from 'express'
import { services } from '../services.ts'
import { type FormatSettings, formatsFor, plainAmount } from './format.ts'

/** What a cell holds decides how it is written: a bigint is an amount in minor units, a Date a time, a string a text of somebody's. */
type Cell = string | bigint | Date | number | null

export interface CsvFile<Row> {
  name: string
  columns: readonly { header: string; cell: (row: Row) => Cell }[]
  /** From readAll(). */
  lots: AsyncGenerator<Row[], void, undefined>
  settings: FormatSettings
}

/**
 * Answers with a CSV file, row by row as they are read: UTF-8 without a byte order mark, commas, line feeds, a line of headings.
 * Amounts are plain decimals with a point; times are ISO 8601 in the reseller's zone with its offset, so that the days are those of
 * the page and yet each is one point in time. A text that a spreadsheet would take for a formula gets an apostrophe before it
 * (OWASP, CSV injection).
 *
 * Fails as any page while the first rows are read. Later the answer has begun: then the connection is cut, so that nobody takes half
 * a file for a whole one.
 */
export async function sendCsv<Row>(res: Response, { name, columns, lots, settings }: CsvFile<Row>) {
  const first = await lots.next()
  const { isoTime } = formatsFor(settings)
  const csv = stringify({
    header: true,
    columns: columns.map(({ header }) => header),
    escape_formulas: true,
    cast: {
      bigint: (minor) => plainAmount(minor, settings.currencyScale),
      date: (at) => isoTime(at),
    },
  })
  const lines = async function* () {
    if (!first.done) yield* first.value.map(toCells)
    for await (const lot of lots) yield* lot.map(toCells)
  }
  const toCells = (row: Row) => columns.map(({ cell }) => cell(row))

  res.attachment(name).type('text/csv; charset=utf-8')
  try {
    await pipeline(lines, csv, res)
  } catch (error) {
    services(res.req).log.warn({ err: error, requestId: res.req.id, file: name }, 'file cut off')
  } finally {
    await lots.return()
  }
}
