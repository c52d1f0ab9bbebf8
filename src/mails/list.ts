import { z } from 'zod'
import { maybeCount } from '../database/counted.ts'
import { placeInAddress, readPlace } from '../database/place.ts'
import { search } from '../database/search.ts'
import type { MailState } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { optionalChoice, optionalText } from '../forms/form.ts'

export const MAIL_STATES = ['waiting', 'sent', 'failed', 'kept'] as const satisfies readonly MailState[]

/** What the address of the list may say. */
export const MailQuery = z.object({
  state: optionalChoice(MAIL_STATES),
  /** Words that one customer is found by: that one's mails only. */
  customer: optionalText({ max: 254 }),
  after: optionalText({ max: 200 }),
  before: optionalText({ max: 200 }),
})

/** A row of the list: everything but what the mail says. */
export interface ListedMail {
  id: string
  to: string
  customerId: string
  /** What the customer is called; '' where nobody says. */
  name: string
  template: string
  state: MailState
  attempts: number
  /** What the mail server said last, in its own words. */
  lastError: string | null
  createdAt: Date
  /** Of the link in it, and what that was made for; null where it has none, or nothing says so. */
  linkId: string | null
  why: string | null
}

interface MailPage {
  rows: ListedMail[]
  /** Cursors to go on from, or null at an end: to newer mails, to older ones. */
  before: string | null
  after: string | null
}

const ROWS_IN_A_PAGE = 50

/** How many mails fit the query, on all of its pages: see maybeCount(). */
export function maybeCountMails(actor: Actor, query: z.output<typeof MailQuery>): Promise<number | null> {
  mustBeAllowed(actor, 'mails.see')
  const { values, conditions } = filterOf(actor, query)
  const text = `select from mails where ${conditions.join(' and ')}`
  return maybeCount(actor, { text, values }, { isSearch: true })
}

function filterOf(actor: Actor, query: z.output<typeof MailQuery>) {
  const values: unknown[] = [actor.reseller.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = ['reseller_id = $1', 'customer_id is not null']
  if (query.state) conditions.push(`state = ${bind(query.state)}::mail_state`)
  if (query.customer) conditions.push(`customer_id = ${bind(query.customer.toUpperCase())}`)
  return { values, bind, conditions }
}

/**
 * A page of the mails to customers, newest first: keyset paging by time and id, one statement. A bookmarked place that has no rows
 * left, or too few on the way back to fill a page, leads to the start. Needs the permission to see mails, which shows no bodies.
 */
export async function listMails(actor: Actor, query: z.output<typeof MailQuery>): Promise<MailPage> {
  mustBeAllowed(actor, 'mails.see')
  const place = readPlace(query.before || query.after)
  const backwards = place !== null && query.before !== ''
  const { values, bind, conditions } = filterOf(actor, query)
  if (place) {
    const beyond = backwards ? '>' : '<'
    conditions.push(`(created_at, id) ${beyond} (${bind(place.at)}::timestamptz, ${bind(place.id)}::uuid)`)
  }
  const order = backwards ? 'created_at asc, id asc' : 'created_at desc, id desc'
  const text = `select id, to_email as to, customer_id as "customerId", template, state, attempts, last_error as "lastError", created_at as "createdAt",
       values->>'linkId' as "linkId", values->>'why' as why,
       (select c.name from customers c where c.reseller_id = $1 and c.id = mails.customer_id) as name
     from mails where ${conditions.join(' and ')} order by ${order} limit ${bind(ROWS_IN_A_PAGE + 1)}`
  // What fits a state may be anywhere among them.
  const found = query.state
    ? await search<ListedMail>(actor, { text, values })
    : (await actor.database.pool.query<ListedMail>(text, values)).rows
  const isSpent = found.length < (backwards ? ROWS_IN_A_PAGE : 1)
  if (place && isSpent) return listMails(actor, { ...query, before: '', after: '' })
  const more = found.length > ROWS_IN_A_PAGE
  const rows = found.slice(0, ROWS_IN_A_PAGE)
  if (backwards) rows.reverse()
  const [first, last] = [rows[0], rows.at(-1)]
  const placeOf = ({ createdAt: at, id }: ListedMail) => placeInAddress({ at, id })
  return {
    rows,
    before: first && (backwards ? more : place) ? placeOf(first) : null,
    after: last && (backwards || more) ? placeOf(last) : null,
  }
}
