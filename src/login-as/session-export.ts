import { type FileToSend, csvFile, fileEvent } from '../files/file.ts'
import type { Actor } from '../people/actor.ts'
import type { CsvColumns } from '../web/csv.ts'
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
  const columns: CsvColumns<SessionEvent> = [
    ['at', (row) => row.at],
    ['kind', kindOf],
    ['method', (row) => row.method],
    ['address', (row) => row.path],
    ['status', (row) => row.status],
    ['ended_at', (row) => row.endedAt],
    ['deed', (row) => row.event],
    ['what', (row) => row.event && words(says(row.event, row.details, formats))],
    ['details', (row) => row.event && JSON.stringify(row.details)],
    ['request_id', (row) => row.requestId],
    ['id', (row) => row.id],
  ]
  const { customer, mode, staff, id } = loginAs
  const period = {
    from: formats.isoDay(loginAs.createdAt),
    to: loginAs.isOver ? formats.isoDay(loginAs.until) : '',
  }
  const about = { customer: { id: customer.id }, mode, staff: staff.email, loginAs: id }
  return csvFile(reseller, {
    named: { what: 'login-as', whose: customer.email, period },
    event: fileEvent(loginAsExported, about),
    columns,
    statement: sessionEventsStatement(actor, loginAs),
    toShown: (row: SessionEvent) => row,
  })
}
