import { type Actor, consoleCustomerId } from '../people/actor.ts'
import { formatsFor } from '../words/format.ts'
import type { Sentence } from '../words/words.ts'
import { eventSays } from './sentences.ts'

/** What was done with a customer's account after a reset, before the customer had proved who they are. */
export interface DoneAfterReset {
  at: Date
  /** Who did the reset, by name. */
  by: string
  /** To be read after the customer's name. */
  says: Sentence
  ip: string | null
}

const ROWS_MAX = 20

/** The latest such events in the account of the console's customer, newest first. They are kept when the customer has proved themself. */
export async function listAfterReset(actor: Actor): Promise<DoneAfterReset[]> {
  const rows = await actor.database.prisma.auditRow.findMany({
    where: {
      resellerId: actor.reseller.id,
      actorId: consoleCustomerId(actor),
      afterResetBy: { not: null },
    },
    select: { at: true, event: true, details: true, ip: true, afterResetBy: true },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: ROWS_MAX,
  })
  const formats = formatsFor(actor.reseller)
  return rows.map(({ at, event, details, ip, afterResetBy }) => ({
    at,
    by: afterResetBy ?? '',
    says: eventSays(event, details, formats),
    ip,
  }))
}
