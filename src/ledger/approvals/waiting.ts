import type { z } from 'zod'
import { ask, askAlong } from '../../database/ask.ts'
import { currentTime } from '../../database/clock.ts'
import { isId } from '../../database/id.ts'
import type { Customer, Prisma, WaitingPosting } from '../../generated/prisma/client.ts'
import type { List } from '../../lists/list.ts'
import { type Actor, may, mustBeAllowed } from '../../people/actor.ts'
import { CursorQuery } from '../../forms/cursor-query.ts'
import { optionalChoice, optionalText } from '../../forms/form.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { MAY_POST } from '../kinds.ts'
import { decodeAsk } from '../codec.ts'
import { type Entered, readEntered } from './entered.ts'
import { sameHandsSql } from '../../staff/access.ts'
import { seesRaises } from '../raises/raise.ts'
import { type IfPosted, ifPostedNow } from './if-posted.ts'

/** What the address of the list may say: what waits, which is the default, or what was decided. */
export const ApprovalQuery = CursorQuery.extend({
  state: optionalChoice(['waiting', 'decided']),
  /** What was entered for one customer only: an ID, or other words that the customer is found by, see src/customers/match.ts. */
  customer: optionalText({ max: 254 }),
})

export type ApprovalQuery = z.output<typeof ApprovalQuery>

/** A posting that waits for a second person, or did. */
export interface Waiting {
  row: WaitingPosting
  customer: Pick<Customer, 'id' | 'email' | 'name' | 'balance' | 'credits' | 'overdraft'>
  entered: Entered
  ifPosted: IfPosted
  /** Whether it can still be decided. */
  isOpen: boolean
  /** Who reads this has entered it, and so may withdraw it and never approve it. */
  isOwn: boolean
}

const WITH_CUSTOMER = {
  customer: { select: { id: true, email: true, name: true, balance: true, credits: true, overdraft: true } },
} as const

/** Whether the actor enters or approves postings, and so sees some that wait. */
export const seesWaiting = (actor: Actor) =>
  may(actor, 'money.approve') || MAY_POST.some((permission) => may(actor, permission))

/** Refuses, 403, who neither enters nor approves postings. */
function mustSeeWaiting(actor: Actor) {
  if (!seesWaiting(actor)) mustBeAllowed(actor, 'money.approve')
}

/** What waits, the oldest first because it expires first, or what was decided, newest first. Who may not approve sees what they entered. */
export const waitingPostings = {
  may: mustSeeWaiting,
  size: 25,
  table: 'waiting_postings',
  visible: ({ actor, bind }) =>
    may(actor, 'money.approve') ? [] : [`hit.maker_id = ${bind(actor.id)}::uuid`],
  order: ({ state }) => ({
    name: state ?? 'waiting',
    by: [
      { column: 'created_at', field: 'createdAt', kind: 'time' },
      { column: 'id', field: 'id', kind: 'id' },
    ],
    isAscending: state !== 'decided',
  }),
  filters: {
    customer: { fits: (id, { bind }) => `hit.customer_id = ${bind(id)}`, isIndexed: () => true },
    state: {
      fits: (state, { bind }) => {
        const isOpen = `hit.state = 'waiting' and hit.expires_at > ${bind(currentTime())}::timestamptz`
        return state === 'decided' ? `not (${isOpen})` : isOpen
      },
      isIndexed: () => true,
    },
  },
  selected: `
    hit.reseller_id as "resellerId", hit.id, hit.customer_id as "customerId", hit.kind, hit.key, hit.fingerprint,
    hit.receipt_key as "receiptKey", hit.amount, hit.facts, hit.maker_id as "makerId", hit.maker_name as "makerName",
    hit.created_at as "createdAt", hit.expires_at as "expiresAt", hit.approval_above as "approvalAbove", hit.state,
    hit.decider_id as "deciderId", hit.decider_name as "deciderName", hit.decided_at as "decidedAt", hit.comment,
    hit.posting_id as "postingId", hit.announced_at as "announcedAt", hit.told_at as "toldAt",
    c.email as "customerEmail", c.name as "customerName", c.balance, c.credits, c.overdraft`,
  joins: 'join customers c on c.reseller_id = $1 and c.id = hit.customer_id',
  toRow: ({ customerEmail, customerName, balance, credits, overdraft, ...row }) => ({
    ...row,
    amount: BigInt(row.amount),
    approvalAbove: row.approvalAbove === null ? null : BigInt(row.approvalAbove),
    customer: {
      ...{ id: row.customerId, email: customerEmail, name: customerName },
      ...{ balance: BigInt(balance), credits: BigInt(credits), overdraft: BigInt(overdraft) },
    },
  }),
} as const satisfies List<ApprovalQuery, WithCustomer, WaitingRow>

type WithCustomer = WaitingPosting & Pick<Waiting, 'customer'>

/** A row as pg gives it: its amounts are texts. */
type WaitingRow = Omit<WaitingPosting, 'amount' | 'approvalAbove'> & {
  amount: string
  approvalAbove: string | null
} & Record<'customerEmail' | 'customerName' | 'balance' | 'credits' | 'overdraft', string>

/** The posting of this id that waits, or did. Throws 404 for one of another reseller, and for one that this person has no part in. */
export async function findWaiting(actor: Actor, id: unknown): Promise<Waiting> {
  mustSeeWaiting(actor)
  const row = isId(id)
    ? await actor.database.prisma.waitingPosting.findFirst({
        where: { ...visibleTo(actor), id },
        include: WITH_CUSTOMER,
      })
    : null
  const [waiting] = await waitingOf(actor, row ? [row] : [])
  if (!waiting) throw new Refusal(404, t('Waiting posting not found.'))
  return waiting
}

/** How many are counted for the badge: more than that is many. */
const BADGE_MAX = 99

/**
 * How many postings, and raises of limits, wait for this person's decision, up to BADGE_MAX + 1, but for those that they cannot approve because
 * of who brought whom in, see same_hand(); 0 for who may not approve. Asked along with what a page asks, and counted by an index.
 */
export function countToDecide(actor: Actor): () => Promise<number> {
  if (!may(actor, 'money.approve')) return () => Promise.resolve(0)
  const counted = askAlong<{ count: number }>(
    actor,
    (bind) => {
      const me = `${bind(actor.id)}::uuid`
      return `
        with hands as materialized (${sameHandsSql(me)})
        select count(*)::int as count from (
          select 1 from waiting_postings
          where reseller_id = $1 and state = 'waiting' and expires_at > now() and maker_id <> ${me} and maker_id not in (select id from hands)
          ${
            seesRaises(actor)
              ? `union all select 1 from limit_raises
                 where reseller_id = $1 and state = 'waiting' and asker_id <> ${me} and asker_id not in (select id from hands)`
              : ''
          }
          limit ${BADGE_MAX + 1}) open`
    },
    {},
  )
  return async () => (await counted())[0]?.count ?? 0
}

/** How many postings wait for a second person that would move this customer's money; 0 for who has no part in that. */
export async function countWaitingFor(actor: Actor, { id: customerId }: { id: string }): Promise<number> {
  if (!seesWaiting(actor)) return 0
  const { table, visible } = waitingPostings
  const [counted] = await ask<{ count: number }>(
    actor,
    (bind) => `
      select count(*)::int as count from ${table} hit
      where hit.reseller_id = $1 and hit.customer_id = ${bind(customerId)} and hit.state = 'waiting' and hit.expires_at > now()
        and ${['true', ...visible({ actor, of: null, bind, table, oneByOne: 'offset 0', isPage: true })].join(' and ')}`,
    {},
  )
  return counted?.count ?? 0
}

/** The reversal of this posting that waits for a second person already; null where there is none that this person has a part in. */
export function maybeWaitingReversal(
  actor: Actor,
  { id, customerId }: { id: string; customerId: string },
): Promise<{ id: string } | null> {
  const ofThis = { kind: 'reversal', customerId, facts: { path: ['reverses'], equals: id } } as const
  return actor.database.prisma.waitingPosting.findFirst({
    where: { AND: [visibleTo(actor), OPEN(), ofThis] },
    select: { id: true },
  })
}

const OPEN = () =>
  ({ state: 'waiting', expiresAt: { gt: currentTime() } }) as const satisfies Prisma.WaitingPostingWhereInput

function visibleTo(actor: Actor): Prisma.WaitingPostingWhereInput {
  const { id: resellerId } = actor.reseller
  return may(actor, 'money.approve') ? { resellerId } : { resellerId, makerId: actor.id as string }
}

/** With what was entered in each, and what this reader may do with it. */
export async function waitingOf(actor: Actor, found: readonly WithCustomer[]): Promise<Waiting[]> {
  const entered = await readEntered(actor, found)
  const all = found.map((one) => ({ one, entered: entered.get(one) as Entered }))
  const ifPosted = await ifPostedNow(
    actor,
    all.map(({ one, entered: { undoes } }) => ({
      customerId: one.customerId,
      ask: decodeAsk(one.facts),
      undone: undoes?.moves.map(({ account }) => account) ?? null,
    })),
  )
  return all.map(({ one, entered: itsEntered }, at) => {
    const { customer, ...row } = one
    return {
      row,
      customer,
      entered: itsEntered,
      ifPosted: ifPosted[at] as IfPosted,
      isOpen: row.state === 'waiting' && row.expiresAt > currentTime(),
      isOwn: row.makerId === actor.id,
    }
  })
}
