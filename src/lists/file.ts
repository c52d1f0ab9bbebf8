import { type FileToSend, csvFile } from '../files/file.ts'
import type { Asked, List, ListFile, Reading } from './list.ts'
import { mustSee } from './page.ts'
import { wholeStatement } from './statement.ts'

/** A list that has a file. */
type Filed<Query extends Asked, Row, Raw extends object, Of> = List<Query, Row, Raw, Of> & {
  file: (reading: Reading<Query, Of>) => ListFile<Row>
}

/**
 * All rows of a list that fit, in its order, as a file that is read while it is sent.
 *
 * @throws 403 for anyone who may not see the list, or not export it
 */
export function listFile<Query extends Asked, Row, Raw extends object, Of>(
  list: Filed<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
): FileToSend {
  mustSee(list, reading)
  const { toRow } = list
  const file = list.file(reading)
  const statement = wholeStatement(list, reading)
  return csvFile(reading.actor.reseller, { ...file, statement, toShown: (raw: Raw) => toRow(raw) })
}
