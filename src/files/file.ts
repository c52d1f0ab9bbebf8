import type pg from 'pg'
import type { About } from '../audit/record.ts'
import type { DeedName } from '../audit/deeds.ts'

/** A part of a file, and how many rows of the list or the statement are in it. */
export interface Piece {
  bytes: Buffer | string
  rows: number
}

/** What the log says of a file before its first byte leaves. */
export interface FileEvent<Name extends DeedName = DeedName> {
  deed: Name
  about: About<Name>
}

/** A file that a person asked for, before anything of it is read. */
export interface FileToSend {
  name: string
  /** Its media type. */
  type: string
  /** Null where a customer takes what is their own. */
  event: FileEvent | null
  /** Reads the file and gives it piece by piece, as fast as it is asked for; all that it reads comes from this pool. */
  pieces: (files: pg.Pool) => AsyncGenerator<Piece, void, undefined>
}

/** The event of a file, with the facts that its kind remembers. */
export const fileEvent = <Name extends DeedName>(deed: Name, about: About<Name>): FileEvent =>
  ({ deed, about }) as unknown as FileEvent
