import { fileEvent } from '../../files/file.ts'
import type { Bind } from '../../database/cursor.ts'
import type { Filter, List } from '../../lists/list.ts'
import { paths } from '../../paths.ts'
import { mustBeAllowed } from '../../people/actor.ts'
import type { CsvColumns } from '../../web/csv.ts'
import { ENTRY_COLUMNS, type EntryRow, type LedgerEntry, toEntry } from '../entry.ts'
import { ledgerExported } from '../events.ts'
import { type LedgerQuery, THE_SYSTEM } from './filter.ts'

/** An entry in a list of many customers'. */
export interface ListedEntry extends LedgerEntry {
  /** The customer's address, as it is today, and what they are called; '' where nobody says. */
  email: string
  name: string
}

type ListedRow = EntryRow & Pick<ListedEntry, 'email' | 'name'>

/** Whose ledger it is: one customer's, or the reseller's. */
export interface LedgerOf {
  customer: { id: string; email: string } | null
  /** The filter as it was typed, for what the log says of the file. */
  typed?: Readonly<Record<string, string>>
}

/** Names and values are for machines, and in no language. `id` is the entry's. The staff's comments are in it, so it is for staff alone. */
const FILE_COLUMNS: CsvColumns<ListedEntry> = [
  ['posted_at', ({ postedAt }) => postedAt],
  ['customer_id', ({ customerId }) => customerId],
  ['customer', ({ email }) => email],
  ['account', ({ account }) => account],
  ['seq', ({ seq }) => seq],
  ['kind', ({ kind }) => kind],
  ['amount', ({ amount }) => amount],
  ['before', ({ before }) => before],
  ['after', ({ after }) => after],
  ['reason', ({ reason }) => reason],
  ['note', ({ note }) => note],
  ['comment', ({ comment }) => comment],
  ['channel', ({ channel }) => channel],
  ['reference', ({ reference }) => reference],
  ['actor', ({ actorName }) => actorName],
  ['posting', ({ postingId }) => postingId],
  ['reverses', ({ reversesId }) => reversesId],
  ['reversed_by', ({ reversedById }) => reversedById],
  ['id', ({ id }) => id],
]

/**
 * The ledger's entries, the reseller's or one customer's, newest first: by time, customer, account and number, which is the order in which
 * each account's chain was written. Where a filter's index leads to few postings it is followed.
 */
export const ledger = {
  may: 'customers.see',
  size: 50,
  table: 'entries',
  where: ({ of, bind }) => (of.customer ? [`hit.customer_id = ${bind(of.customer.id)}`] : []),
  order: {
    by: [
      { column: 'posted_at', field: 'postedAt', kind: 'time' },
      { column: 'customer_id', field: 'customerId', kind: 'customerId' },
      { column: 'account', field: 'account', kind: 'account' },
      { column: 'seq', field: 'seq', kind: 'number' },
    ],
  },
  period: 'posted_at',
  filters: {
    // An index of postings leads to each of these, the one that fits least first.
    reference: ofPosting(
      (reference, bind) => `receipt_folded(p.reference) = receipt_folded(${bind(reference)})`,
      () => true,
    ),
    // What the system did is most of a ledger.
    staff: ofPosting(
      (staff, bind) =>
        staff === THE_SYSTEM ? `p.actor_kind = 'system'` : `p.limit_staff_id = ${bind(staff)}::uuid`,
      (staff, _query, { customer }) => staff !== THE_SYSTEM && !customer,
    ),
    channel: ofPosting((channel, bind) => `p.channel = ${bind(channel)}::channel`, isOfAll),
    reason: ofPosting((reason, bind) => `p.reason = ${bind(reason)}::posting_reason`, isOfAll),
    // So are charges: an amount among them is found sooner along the entries, which alone know it.
    kind: ofPosting(
      (kind, bind) => `p.kind = ${bind(kind)}::posting_kind`,
      (kind, { min, max }, { customer }) =>
        !customer && (kind !== 'charge' || (min === undefined && max === undefined)),
    ),
    account: { fits: (account, { bind }) => `hit.account = ${bind(account)}::account` },
    min: { fits: (min, { bind }) => `abs(hit.amount) >= ${bind(min.toString())}::bigint` },
    max: { fits: (max, { bind }) => `abs(hit.amount) <= ${bind(max.toString())}::bigint` },
  },
  selected: `${ENTRY_COLUMNS},
    (select c.email from customers c where c.reseller_id = $1 and c.id = hit.customer_id) as email,
    (select c.name from customers c where c.reseller_id = $1 and c.id = hit.customer_id) as name`,
  joins: 'join postings p on p.reseller_id = $1 and p.id = hit.posting_id',
  toRow: toEntry<ListedRow>,
  file: ({ actor, of: { customer, typed = {} }, query: { from, to } }) => {
    mustBeAllowed(actor, 'customers.export')
    return {
      named: { what: 'ledger', whose: customer?.email ?? actor.reseller.slug, period: { from, to } },
      event: fileEvent(ledgerExported, {
        query: paths.ledger(customer, typed).split('?')[1] ?? '',
        ...(customer && { customer }),
      }),
      columns: FILE_COLUMNS,
    }
  },
} as const satisfies List<LedgerQuery, ListedEntry, ListedRow, LedgerOf>

/** A filter by what an entry's posting says. */
function ofPosting<Value>(
  says: (value: Value, bind: Bind) => string,
  isIndexed: NonNullable<Filter<Value, LedgerQuery, LedgerOf>['isIndexed']>,
): Filter<Value, LedgerQuery, LedgerOf> {
  return {
    fits: (value, { bind }) =>
      `exists (select from postings p where p.reseller_id = $1 and p.id = hit.posting_id and ${says(value, bind)} offset 0)`,
    isIndexed,
    along: {
      // Posting by posting: for thousands of them all entries might be read and sorted.
      from: `postings p cross join lateral (
        select e.* from entries e where e.reseller_id = $1 and e.posting_id = p.id offset 0) hit`,
      // An entry has its posting's time, which is what the index is in the order of.
      leads: 'p.posted_at',
      fits: (value, { of, bind }) =>
        `p.reseller_id = $1 and ${says(value, bind)} ${of.customer ? `and p.customer_id = ${bind(of.customer.id)}` : ''}`,
    },
  }
}

/** Of one customer, only references are rarer than the customer's entries. */
function isOfAll(_value: unknown, _query: LedgerQuery, { customer }: LedgerOf): boolean {
  return !customer
}
