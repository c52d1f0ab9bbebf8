import { type FileToSend, csvFile, fileEvent } from '../files/file.ts'
import { paths } from '../paths.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import type { CsvColumns } from '../web/csv.ts'
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
  const columns: CsvColumns<LoggedEvent> = [
    ['at', (row) => row.at],
    ['deed', (row) => row.event],
    ['what', (row) => words(eventSays(row.event, row.details, formats))],
    ['actor_kind', (row) => row.actorKind],
    ['actor', (row) => row.actorName],
    ['actor_id', (row) => row.actorId],
    ['after_reset_by', (row) => row.afterResetBy],
    ['for_customer_id', (row) => row.standsInFor?.id ?? null],
    ['customer_id', (row) => row.customer?.id ?? null],
    ['customer', (row) => row.customer?.email ?? null],
    ['ip', (row) => row.ip],
    ['request_id', (row) => row.requestId],
    ['details', (row) => JSON.stringify(row.details)],
    ['id', (row) => row.id],
    ['user_agent', (row) => row.userAgent],
  ]
  return csvFile(actor.reseller, {
    named: { what: 'audit-log', whose: actor.reseller.slug, period: { from, to } },
    event: fileEvent(auditExported, { query }),
    columns,
    statement: await allEvents(actor, filter),
    toShown: (row: LoggedEvent) => row,
  })
}
