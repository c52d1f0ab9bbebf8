import type pg from 'pg'
import { readAll } from '../database/cursor.ts'
import { withinPeriod } from '../database/period.ts'
import type { Account, Customer } from '../generated/prisma/client.ts'
import { ENTRY_COLUMNS, type EntryRow, type LedgerEntry, toEntry } from '../ledger/entry.ts'
import { type Actor, mustBeAllowedOrOwn } from '../people/actor.ts'
import { canPrint } from '../web/pdf.ts'
import { countryName } from './countries.ts'
import { postalLines } from './profile-facts.ts'
import type { StatementQuery } from './statement.ts'

export type Period = Pick<StatementQuery, 'from' | 'to'>
export type StatementCustomer = Pick<Customer, 'id' | 'email' | 'name' | 'teamId'>

/** The balance of one account when the period began and ended, and what came and went between; minor units, `out` below zero. */
export interface AccountSums {
  account: Account
  opening: bigint
  in: bigint
  out: bigint
  closing: bigint
}

/** Who sends a statement, and to whom it goes. */
export interface Parties {
  reseller: { name: string; address: string; supportEmail: string }
  customer: StatementCustomer & { teamName: string }
  /** Name and address of the billing profile, line by line; the customer's name where there is none. */
  recipient: string[]
  taxId: string
}

/** Reads both parties of a customer's statement. */
export async function findParties(
  { database, reseller }: Actor,
  customer: StatementCustomer,
): Promise<Parties> {
  const resellerId = reseller.id
  const [house, team] = await Promise.all([
    database.prisma.reseller.findUniqueOrThrow({
      where: { id: resellerId },
      select: { name: true, address: true, supportEmail: true },
    }),
    database.prisma.team.findUniqueOrThrow({
      where: { resellerId_id: { resellerId, id: customer.teamId } },
      include: { billingProfile: true },
    }),
  ])
  const { name: teamName, billingProfile: profile } = team
  return {
    reseller: house,
    customer: { ...customer, teamName },
    recipient: profile ? postalLines(profile, printableLocale(profile, reseller)) : [customer.name],
    taxId: profile?.taxId ?? '',
  }
}

/** The language for the country's name: the reseller's, or English where the type of the document lacks its letters. */
const printableLocale = ({ country }: { country: string }, { locale }: { locale: string }) =>
  canPrint(countryName(country, locale)) ? locale : 'en'

/** The sums of both accounts over all of the period, and the entries of one batch. */
interface StatementBatch {
  accounts: AccountSums[]
  entries: LedgerEntry[]
}

type SumsRow = Record<`${'balance' | 'credits'}_${'opening' | 'in' | 'out'}`, string>

/**
 * The sums of a period and its entries, oldest first, batch by batch and of one moment: one statement through a cursor. There is always a
 * first batch, with no entries in it where nothing moved.
 */
export async function* readStatement(
  files: pg.Pool,
  actor: Actor,
  customer: { id: string },
  period: Period,
): AsyncGenerator<StatementBatch, void, undefined> {
  const { withEntries, values } = partsFor(actor, customer, period)
  const batches = readAll<SumsRow & (EntryRow | { id: null })>(files, { text: withEntries, values })
  for await (const rows of batches) {
    const [first] = rows
    if (!first) return
    const entries = rows.filter((row): row is SumsRow & EntryRow => row.id !== null).map(toEntry)
    yield { accounts: [sumsOf(first, 'BALANCE'), sumsOf(first, 'CREDITS')], entries }
  }
}

/** Whether a period has more entries than so many; counts no further. */
export async function hasMoreEntriesThan(
  most: number,
  { database, reseller }: Actor,
  customer: { id: string },
  period: Period,
): Promise<boolean> {
  const values: unknown[] = [reseller.id, customer.id, most]
  const bind = (value: unknown) => `$${values.push(value)}`
  const within = withinPeriod('posted_at', period, reseller.timeZone, bind).map((one) => `and ${one}`)
  const { rows } = await database.pool.query<{ more: boolean }>(
    `select exists (select from entries where reseller_id = $1 and customer_id = $2 ${within.join(' ')} offset $3) as more`,
    values,
  )
  return rows[0]?.more ?? false
}

function sumsOf(row: SumsRow, account: Account): AccountSums {
  const name = account === 'BALANCE' ? 'balance' : 'credits'
  const [opening, came, went] = (['opening', 'in', 'out'] as const).map((part) =>
    BigInt(row[`${name}_${part}`]),
  ) as [bigint, bigint, bigint]
  return { account, opening, in: came, out: went, closing: opening + came + went }
}

/**
 * The sums of both accounts over a period, for a page; null where it has more than SUMMED_MAX entries, whose file has the sums. One
 * statement.
 */
export async function maybeSums(
  actor: Actor,
  customer: { id: string },
  period: Period,
): Promise<AccountSums[] | null> {
  mustBeAllowedOrOwn(actor, 'customers.see', customer)
  const { sums, within, values } = partsFor(actor, customer, period)
  // Asked first and once: where there are more, none of them is added up.
  const text = `
    with many as materialized (select exists (select from entries e where ${within} offset ${SUMMED_MAX}) as many)
    ${sums} and not (select many from many) having not (select many from many)`
  const { rows } = await actor.database.pool.query<SumsRow>({ text, values })
  const [row] = rows
  return row ? [sumsOf(row, 'BALANCE'), sumsOf(row, 'CREDITS')] : null
}

/** So many entries take PostgreSQL some ten milliseconds. */
const SUMMED_MAX = 10_000

/** The SQL for the sums, and for the sums beside each entry. */
function partsFor({ reseller }: Actor, customer: { id: string }, { from, to }: Period) {
  const values: unknown[] = [reseller.id, customer.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const own = 'e.reseller_id = $1 and e.customer_id = $2'
  const within = [own, ...withinPeriod('e.posted_at', { from, to }, reseller.timeZone, bind)].join(' and ')
  // What is before the period is not in the one that begins with its first day.
  const [begun] = withinPeriod('e.posted_at', { from, to: '' }, reseller.timeZone, bind)
  const opening = (account: Account) =>
    begun
      ? `coalesce((select e.after from entries e where ${own} and e.account = '${account}' and not ${begun}
                   order by e.posted_at desc, e.seq desc limit 1), 0)`
      : '0'
  const sum = (account: Account, sign: '>' | '<') =>
    `coalesce(sum(e.amount) filter (where e.account = '${account}' and e.amount ${sign} 0), 0)`
  const sums = `
    select ${opening('BALANCE')} as balance_opening, ${opening('CREDITS')} as credits_opening,
           ${sum('BALANCE', '>')} as balance_in, ${sum('BALANCE', '<')} as balance_out,
           ${sum('CREDITS', '>')} as credits_in, ${sum('CREDITS', '<')} as credits_out
    from entries e where ${within}`
  return {
    sums,
    within,
    withEntries: `
      with sums as (${sums})
      select sums.*, ${ENTRY_COLUMNS}
      from sums left join (select e.* from entries e where ${within}) hit on true
      left join postings p on p.reseller_id = $1 and p.id = hit.posting_id
      order by hit.posted_at, hit.account, hit.seq`,
    values,
  }
}
