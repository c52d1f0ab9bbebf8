import type { z } from 'zod'
import { CursorQuery } from '../forms/cursor-query.ts'
import { optionalChoice, optionalText } from '../forms/form.ts'
import type { MailState } from '../generated/prisma/client.ts'
import type { List } from '../lists/list.ts'
import { newestFirst } from '../lists/order.ts'

export const MAIL_STATES = ['waiting', 'sent', 'failed', 'kept'] as const satisfies readonly MailState[]

/** What the address of the list may say. */
export const MailQuery = CursorQuery.extend({
  state: optionalChoice(MAIL_STATES),
  /** Words that one customer is found by: that one's mails only. The list itself takes the ID. */
  customer: optionalText({ max: 254 }),
})
export type MailQuery = z.output<typeof MailQuery>

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

/** The mails to customers, newest first, without their bodies. */
export const mails = {
  may: 'mails.see',
  size: 50,
  table: 'mails',
  where: () => ['hit.customer_id is not null'],
  order: newestFirst(['created_at', 'createdAt'], { column: 'id', field: 'id', kind: 'id' }),
  filters: {
    customer: {
      fits: (id, { bind }) => `hit.customer_id = ${bind(id.toUpperCase())}`,
      isIndexed: () => true,
    },
    state: {
      fits: (state, { bind }) => `hit.state = ${bind(state)}::mail_state`,
      isIndexed: () => true,
    },
  },
  selected: `
    hit.id, hit.to_email as to, hit.customer_id as "customerId", hit.template, hit.state, hit.attempts, hit.last_error as "lastError",
    hit.created_at as "createdAt", hit.values->>'linkId' as "linkId", hit.values->>'why' as why,
    (select c.name from customers c where c.reseller_id = $1 and c.id = hit.customer_id) as name`,
  toRow: (row) => row,
} as const satisfies List<MailQuery, ListedMail, ListedMail>
