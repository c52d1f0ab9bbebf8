import { readAll } from '../database/cursor.ts'
import { type FileToSend, fileEvent } from '../files/file.ts'
import { paths } from '../paths.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { type CsvTable, csvPieces } from '../web/csv.ts'
import { savedAs } from '../web/file-name.ts'
import { formatsFor } from '../words/format.ts'
import { wordsFor } from '../words/words.ts'
import { eventSays } from './sentences.ts'
import { auditExported } from './events.ts'
import type { AuditFilter } from './forms.ts'
import { type LoggedEvent, allEvents } from './log.ts'

/**
 * All rows of the log that fit the filter, newest first, as a file that is read while it is sent. Its headings are for machines and
 * stay the same in every language; `what` is the sentence of the page, `details` what the event remembers, as JSON. The export is recorded
 * before the file is read, so it may begin with its own row. Needs the permission to see the log.
 */
export async function exportEvents(
  actor: Actor,
  { person, customer, event, from, to }: AuditFilter,
): Promise<FileToSend> {
  mustBeAllowed(actor, 'audit.see')
  const filter = { person, customer, event, from, to }
  const query = paths.audit(filter).split('?')[1] ?? ''

  const formats = formatsFor(actor.reseller)
  const words = wordsFor(actor.reseller.locale)
  const statement = await allEvents(actor, filter)
  const columns: CsvTable<LoggedEvent>['columns'] = [
    { header: 'at', cell: (row) => row.at },
    { header: 'deed', cell: (row) => row.event },
    { header: 'what', cell: (row) => words(eventSays(row.event, row.details, formats)) },
    { header: 'actor_kind', cell: (row) => row.actorKind },
    { header: 'actor', cell: (row) => row.actorName },
    { header: 'actor_id', cell: (row) => row.actorId },
    { header: 'after_reset_by', cell: (row) => row.afterResetBy },
    { header: 'for_customer_id', cell: (row) => row.standsInFor?.id ?? null },
    { header: 'customer_id', cell: (row) => row.customer?.id ?? null },
    { header: 'customer', cell: (row) => row.customer?.email ?? null },
    { header: 'ip', cell: (row) => row.ip },
    { header: 'request_id', cell: (row) => row.requestId },
    { header: 'details', cell: (row) => JSON.stringify(row.details) },
    { header: 'id', cell: (row) => row.id },
    { header: 'user_agent', cell: (row) => row.userAgent },
  ]
  return {
    name: savedAs(
      { what: 'audit-log', whose: actor.reseller.slug, period: { from, to }, extension: 'csv' },
      actor.reseller,
    ),
    type: 'text/csv',
    event: fileEvent(auditExported, { query }),
    pieces: (files) =>
      csvPieces({ columns, lots: readAll<LoggedEvent>(files, statement), settings: actor.reseller }),
  }
}
