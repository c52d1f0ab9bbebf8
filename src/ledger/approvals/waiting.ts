import type { z } from 'zod'
import { currentTime } from '../../database/clock.ts'
import { isId } from '../../database/id.ts'
import { type KeysetPage, isTimeAndId, readPage } from '../../database/keyset.ts'
import type { Customer, Prisma, WaitingPosting } from '../../generated/prisma/client.ts'
import { type Actor, may, mustBeAllowed } from '../../people/actor.ts'
import { CursorQuery } from '../../forms/cursor-query.ts'
import { optionalChoice, optionalText } from '../../forms/form.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { type Entered, readEntered } from './entered.ts'

/** What the address of the list may say: what waits, which is what it shows by itself, or what was decided. */
export const ApprovalQuery = CursorQuery.extend({
  state: optionalChoice(['waiting', 'decided']),
  /** What was entered for one customer only: an ID, or other words that the customer is found by, see src/customers/match.ts. */
  customer: optionalText({ max: 254 }),
})

/** A posting that waits for a second person, or did. */
export interface Waiting {
  row: WaitingPosting
  customer: Pick<Customer, 'id' | 'email' | 'name' | 'balance' | 'credits' | 'overdraft'>
  entered: Entered
  /** Whether it can still be decided. */
  isOpen: boolean
  /** Who reads this has entered it, and so may withdraw it and never approve it. */
  isOwn: boolean
}

const ROWS_IN_A_PAGE = 25

const WITH_CUSTOMER = {
  customer: { select: { id: true, email: true, name: true, balance: true, credits: true, overdraft: true } },
} as const

/** Refuses, 403, who neither enters nor approves postings. */
function mustSeeWaiting(actor: Actor) {
  if (!may(actor, 'money.approve')) mustBeAllowed(actor, 'money.post')
}

/**
 * A page of what waits, the oldest first because it expires first, or of what was decided, newest first. Who may not approve sees what
 * they entered themselves.
 */
export async function listWaiting(
  actor: Actor,
  query: Omit<z.output<typeof ApprovalQuery>, 'customer'>,
  customer: { id: string } | null,
): Promise<KeysetPage<Waiting>> {
  mustSeeWaiting(actor)
  const isOpen = query.state !== 'decided'
  const page = await readPage<WaitingPosting & Pick<Waiting, 'customer'>>(query, {
    size: ROWS_IN_A_PAGE,
    cursorOf: ({ createdAt, id }) => [createdAt.toISOString(), id],
    isCursor: isTimeAndId(isId),
    find: ({ cursor, backwards, limit }) => {
      const order = isOpen === backwards ? 'desc' : 'asc'
      const beyond = order === 'asc' ? 'gt' : 'lt'
      const [at, id] = [new Date(cursor?.[0] ?? 0), cursor?.[1]]
      return actor.database.prisma.waitingPosting.findMany({
        where: {
          AND: [
            visibleTo(actor),
            isOpen ? OPEN() : { NOT: OPEN() },
            customer ? { customerId: customer.id } : {},
            id ? { OR: [{ createdAt: { [beyond]: at } }, { createdAt: at, id: { [beyond]: id } }] } : {},
          ],
        },
        orderBy: [{ createdAt: order }, { id: order }],
        take: limit,
        include: WITH_CUSTOMER,
      })
    },
  })
  return { ...page, rows: await waitingOf(actor, page.rows) }
}

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

/** How many postings wait for this person's decision, up to BADGE_MAX + 1; 0 for who may not approve. One indexed statement. */
export async function countToDecide(actor: Actor): Promise<number> {
  if (!may(actor, 'money.approve')) return 0
  const { rows } = await actor.database.pool.query<{ count: number }>({
    name: 'postings-to-decide',
    text: `select count(*)::int from (
             select from waiting_postings
             where reseller_id = $1 and state = 'waiting' and expires_at > now() and maker_id <> $2 limit $3) as open`,
    values: [actor.reseller.id, actor.id, BADGE_MAX + 1],
  })
  return rows[0]?.count ?? 0
}

/** How many postings wait for a second person that would move this customer's money; 0 for who has no part in that. */
export async function countWaitingFor(actor: Actor, { id: customerId }: { id: string }): Promise<number> {
  if (!may(actor, 'money.approve') && !may(actor, 'money.post')) return 0
  return actor.database.prisma.waitingPosting.count({
    where: { AND: [visibleTo(actor), OPEN(), { customerId }] },
  })
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

async function waitingOf(
  actor: Actor,
  found: readonly (WaitingPosting & Pick<Waiting, 'customer'>)[],
): Promise<Waiting[]> {
  const entered = await readEntered(actor, found)
  return found.map((one) => {
    const { customer, ...row } = one
    return {
      row,
      customer,
      entered: entered.get(one) as Entered,
      isOpen: row.state === 'waiting' && row.expiresAt > currentTime(),
      isOwn: row.makerId === actor.id,
    }
  })
}
