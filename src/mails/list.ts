import type { z } from 'zod'
import { maybeCount } from '../database/counted.ts'
import { isId } from '../database/id.ts'
import { type KeysetPage, isTimeAndId, keysetSql, readPage } from '../database/keyset.ts'
import { search } from '../database/search.ts'
import type { MailState } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { CursorQuery } from '../forms/cursor-query.ts'
import { optionalChoice, optionalText } from '../forms/form.ts'

export const MAIL_STATES = ['waiting', 'sent', 'failed', 'kept'] as const satisfies readonly MailState[]

/** What the address of the list may say. */
export const MailQuery = CursorQuery.extend({
  state: optionalChoice(MAIL_STATES),
  /** Words that one customer is found by: that one's mails only. */
  customer: optionalText({ max: 254 }),
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

/** A page of the mails to customers, newest first. Needs the permission to see mails, and shows no bodies. One statement, see readPage(). */
export function listMails(actor: Actor, query: z.output<typeof MailQuery>): Promise<KeysetPage<ListedMail>> {
  mustBeAllowed(actor, 'mails.see')
  return readPage(query, {
    size: ROWS_IN_A_PAGE,
    cursorOf: ({ createdAt, id }) => [createdAt.toISOString(), id],
    isCursor: isTimeAndId(isId),
    find: async ({ limit, ...from }) => {
      const { values, bind, conditions } = filterOf(actor, query)
      const { beyond, order } = keysetSql({ created_at: 'timestamptz', id: 'uuid' }, from, bind)
      const text = `select id, to_email as to, customer_id as "customerId", template, state, attempts, last_error as "lastError", created_at as "createdAt",
           values->>'linkId' as "linkId", values->>'why' as why,
           (select c.name from customers c where c.reseller_id = $1 and c.id = mails.customer_id) as name
         from mails where ${[...conditions, beyond].join(' and ')} order by ${order} limit ${limit}`
      // What fits a state may be anywhere among them.
      if (query.state) return search<ListedMail>(actor, { text, values })
      return (await actor.database.pool.query<ListedMail>(text, values)).rows
    },
  })
}
