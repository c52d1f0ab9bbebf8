import { readAll } from '../database/cursor.ts'
import { type FileToSend, fileEvent } from '../files/file.ts'
import type { Actor } from '../people/actor.ts'
import { type CsvTable, csvPieces } from '../web/csv.ts'
import { savedAs } from '../web/file-name.ts'
import { type Formats, formatsFor } from '../words/format.ts'
import { type Sentence, wordsFor } from '../words/words.ts'
import { loginAsExported } from './events.ts'
import { type SessionEvent, kindOf, sessionEventsStatement } from './session-events.ts'
import type { LoginAsSession } from './sessions.ts'

/**
 * All that was done in a login-as session as a file, the rows of its page in the same order. Its headings are for machines and stay the same in
 * every language; `what` is the sentence of an event, by `says`, and `details` its values, as JSON.
 */
export function exportSessionEvents(
  actor: Actor,
  loginAs: LoginAsSession,
  says: (event: string, details: unknown, formats: Formats) => Sentence,
): FileToSend {
  const { reseller } = actor
  const formats = formatsFor(reseller)
  const words = wordsFor(reseller.locale)
  const columns: CsvTable<SessionEvent>['columns'] = [
    { header: 'at', cell: (row) => row.at },
    { header: 'kind', cell: kindOf },
    { header: 'method', cell: (row) => row.method },
    { header: 'address', cell: (row) => row.path },
    { header: 'status', cell: (row) => row.status },
    { header: 'ended_at', cell: (row) => row.endedAt },
    { header: 'deed', cell: (row) => row.event },
    { header: 'what', cell: (row) => row.event && words(says(row.event, row.details, formats)) },
    { header: 'details', cell: (row) => row.event && JSON.stringify(row.details) },
    { header: 'request_id', cell: (row) => row.requestId },
    { header: 'id', cell: (row) => row.id },
  ]
  const { customer, mode, staff, id } = loginAs
  const period = {
    from: formats.isoDay(loginAs.createdAt),
    to: loginAs.isOver ? formats.isoDay(loginAs.until) : '',
  }
  return {
    name: savedAs({ what: 'login-as', whose: customer.email, period, extension: 'csv' }, reseller),
    type: 'text/csv',
    event: fileEvent(loginAsExported, {
      customer: { id: customer.id },
      mode,
      staff: staff.email,
      loginAs: id,
    }),
    pieces: (files) =>
      csvPieces({
        columns,
        lots: readAll<SessionEvent>(files, sessionEventsStatement(actor, loginAs)),
        settings: reseller,
      }),
  }
}
