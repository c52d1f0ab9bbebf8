import { fileEvent } from '../files/file.ts'
import type { ActorKind } from '../generated/prisma/client.ts'
import type { List } from '../lists/list.ts'
import { newestFirst } from '../lists/order.ts'
import { paths } from '../paths.ts'
import { formatsFor } from '../words/format.ts'
import { wordsFor } from '../words/words.ts'
import { auditExported } from './events.ts'
import type { AuditQuery, KINDS_OF_PERSON } from './forms.ts'
import { eventSays } from './sentences.ts'

/** A row of the log, with the accounts that it names as they are called today. */
export interface LoggedEvent {
  id: string
  at: Date
  /** The name of an event, or of one that only an older version knew. */
  event: string
  actorKind: ActorKind
  actorId: string | null
  /** What the actor was called then. */
  actorName: string
  /** Whom the actor stood in for. */
  standsInFor: NamedCustomer | null
  /** The customer it was done to. */
  customer: NamedCustomer | null
  /** What the event remembers. */
  details: unknown
  requestId: string | null
  ip: string | null
  /** What the browser called itself; null in rows from before it was kept, and where there was none. */
  userAgent: string | null
  /** Who had reset the customer's password before, by name; null: nobody had, or the customer had proved themself since. */
  afterResetBy: string | null
}

interface NamedCustomer {
  id: string
  /** Null where there is no such customer any more. */
  email: string | null
  name: string | null
}

/**
 * The log, newest first. Along one index in the order of time, the one whose filter fits least, and the other filters are checked on the
 * way.
 *
 * In its file `what` is the sentence of the page and `details` what the event remembers, as JSON; headings are for machines and stay the
 * same in every language. The file's own event is recorded before it is read, so it may begin with that.
 */
export const log = {
  may: 'audit.see',
  size: 50,
  table: 'audit_rows',
  order: newestFirst(['at', 'at'], { column: 'id', field: 'id', kind: 'id' }),
  period: 'at',
  filters: {
    customer: {
      fits: (_words, { of, bind }) => `hit.customer_id = ${bind(of.customerId)}`,
      isIndexed: () => true,
    },
    person: {
      fits: (person, { bind }) => {
        // As it is: the index has some kinds alone, and a plan for any kind would not use it.
        if (isKind(person)) return `hit.actor_kind = '${KINDS[person]}'`
        return `hit.actor_id = ${bind(person)}`
      },
      // All of a kind may be most of the log.
      isIndexed: (person, { event }) => !isKind(person) || event === '',
    },
    event: { fits: (event, { bind }) => `hit.event = ${bind(event)}`, isIndexed: () => true },
  },
  selected: `
    hit.id, hit.at, hit.event, hit.actor_kind as "actorKind", hit.actor_id as "actorId", hit.actor_name as "actorName", hit.details,
    hit.request_id as "requestId", host(hit.ip) as ip, hit.user_agent as "userAgent", hit.after_reset_by as "afterResetBy",
    ${named('hit.for_customer_id')} as "standsInFor", ${named('hit.customer_id')} as customer`,
  toRow: (row) => row,
  file: ({ actor, query: { person, customer, event, from, to } }) => {
    const formats = formatsFor(actor.reseller)
    const words = wordsFor(actor.reseller.locale)
    return {
      named: { what: 'audit-log', whose: actor.reseller.slug, period: { from, to } },
      event: fileEvent(auditExported, {
        query: paths.audit({ person, customer, event, from, to }).split('?')[1] ?? '',
      }),
      columns: [
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
      ],
    }
  },
} as const satisfies List<AuditQuery, LoggedEvent, LoggedEvent, LogOf>

/** The customer whom the words of the filter mean; null where they are nobody's, or there are none. */
export interface LogOf {
  customerId: string | null
}

const KINDS = {
  customers: 'customer',
  system: 'system',
  visitor: 'visitor',
} as const satisfies Record<(typeof KINDS_OF_PERSON)[number], ActorKind>

/** Whether all of a kind are meant. */
const isKind = (person: string): person is keyof typeof KINDS => Object.hasOwn(KINDS, person)

/** SQL for a NamedCustomer, or null. */
function named(id: string): string {
  return `case when ${id} is not null then json_build_object('id', ${id},
    'email', (select c.email from customers c where c.reseller_id = $1 and c.id = ${id}),
    'name', (select c.name from customers c where c.reseller_id = $1 and c.id = ${id})) end`
}
