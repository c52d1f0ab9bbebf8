import type pg from 'pg'
import { type Statement, readAll } from '../database/cursor.ts'
import type { Details, Event } from '../events/event.ts'
import type { About } from '../events/record.ts'
import { type CsvColumns, csvPieces } from '../web/csv.ts'
import { type Saved, savedAs } from '../web/file-name.ts'
import type { FormatSettings } from '../words/format.ts'

/** A part of a file, and how many rows of the list or the statement are in it. */
export interface Piece {
  bytes: Buffer | string
  rows: number
}

/** A file, piece by piece. */
export type Pieces = AsyncGenerator<Piece, void, undefined>

/** What the log says of a file before its first byte leaves. */
export interface FileEvent {
  event: Event<Details>
  about: About<Details>
}

/** A file that a person asked for, before anything of it is read. */
export interface FileToSend {
  name: string
  /** Its media type. */
  type: string
  /** Null where a customer takes what is their own. */
  event: FileEvent | null
  /** Reads the file and gives it piece by piece, as fast as it is asked for; all that it reads comes from this pool. */
  pieces: (files: pg.Pool) => Pieces
}

/** The event of a file, with the facts that its kind remembers. */
export const fileEvent = <Remembers extends Details>(
  event: Event<Remembers>,
  about: NoInfer<About<Remembers>>,
): FileEvent => ({ event, about }) as unknown as FileEvent

interface CsvFile<Row, Shown> {
  named: Omit<Saved, 'extension'>
  event: FileEvent | null
  columns: CsvColumns<Shown>
  /** Gives the rows of the file, in their order. */
  statement: Statement
  toShown: (row: Row) => Shown
}

/** A CSV file of all rows that a statement gives, read while it is sent. */
export const csvFile = <Row extends object, Shown = Row>(
  settings: FormatSettings,
  { named, event, columns, statement, toShown }: CsvFile<Row, Shown>,
): FileToSend => ({
  name: savedAs({ ...named, extension: 'csv' }, settings),
  type: 'text/csv',
  event,
  pieces: (files) => csvPieces({ columns, batches: readAll<Row>(files, statement), toShown, settings }),
})
