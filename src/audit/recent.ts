import { ask } from '../database/ask.ts'
import type { AuditRow } from '../generated/prisma/client.ts'
import { type Actor, may } from '../people/actor.ts'
import { formatsFor } from '../words/format.ts'
import type { Sentence } from '../words/words.ts'
import { eventSays } from './sentences.ts'
import { foldEqual } from './fold.ts'

/** So many rows are read, so that many equal ones in a row leave room for what was before them. */
const ROWS = 100

export interface RecentEvent {
  /** Of the latest, where several are one. */
  at: Date
  /** Null where it happened at a login page, with nobody logged in. */
  actorName: string | null
  /** Whether it was done in the customer's console, by a staff member who stood in for the customer. */
  wasStandingIn: boolean
  /** As in LoggedEvent. */
  afterResetBy: string | null
  /** To be read after the actor's name, if there is one. */
  says: Sentence
}

type Row = Omit<AuditRow, 'resellerId' | 'id' | 'requestId' | 'ip' | 'userAgent'>

/** The latest events that concern a customer, newest first, equal ones in a row as one; null for who may not read the audit log. */
export async function recentEvents(
  actor: Actor,
  customer: { id: string },
  { limit, staffNames }: { limit: number; staffNames: Promise<Readonly<Record<string, string>>> },
): Promise<RecentEvent[] | null> {
  if (!may(actor, 'audit.see')) return null
  const rows = await ask<Row>(
    actor,
    (bind) => `
      select at, event, actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName", details,
        for_customer_id as "forCustomerId", customer_id as "customerId", after_reset_by as "afterResetBy"
      from audit_rows where reseller_id = $1 and customer_id = ${bind(customer.id)}
      order by audit_rows.at desc, id desc limit ${ROWS}`,
    { at: true },
  )
  const formats = formatsFor(actor.reseller)
  const names = await staffNames
  const groups = foldEqual(rows, (row) => row).slice(0, limit)
  return groups.map((group) => {
    const [{ at, actorKind, actorName, forCustomerId, afterResetBy, event, details }] = group
    return {
      at,
      actorName: actorKind === 'visitor' ? null : actorName,
      afterResetBy,
      // A login's own rows say it already.
      wasStandingIn: forCustomerId !== null && !event.startsWith('login_as.'),
      says: eventSays(event, details, formats, { count: group.length, staffNames: names }),
    }
  })
}
