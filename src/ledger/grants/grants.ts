import { ask } from '../../database/ask.ts'
import { currentTime } from '../../database/clock.ts'
import type { Bind } from '../../database/cursor.ts'
import { isId } from '../../database/id.ts'
import type { CursorQuery } from '../../forms/cursor-query.ts'
import type { CreditCategory, PostingKind, PostingReason } from '../../generated/prisma/client.ts'
import type { List } from '../../lists/list.ts'
import { newestFirst } from '../../lists/order.ts'
import { type Actor, mustBeAllowed, mustBeAllowedOrOwn } from '../../people/actor.ts'
import { Refusal } from '../../words/refusal.ts'
import { type Sentence, t } from '../../words/words.ts'
import { whatOf } from '../entry.ts'
import { kindsInSql } from '../kinds.ts'

/** What credits were granted as. Of two grants that end at the same time, what costs the reseller nothing is spent first. */
export const CATEGORIES = ['promotional', 'paid'] as const satisfies readonly CreditCategory[]

export const CATEGORY_NAMES: Readonly<Record<CreditCategory, Sentence>> = {
  promotional: t('Promotional'),
  paid: t('Paid'),
}

/** A part of a customer's credits: what was granted at once. */
export interface CreditGrant {
  id: string
  category: CreditCategory
  /** Minor units: what was granted, and what is left of it. */
  amount: bigint
  remaining: bigint
  createdAt: Date
  /** The last moment of its last day; null: it lasts. */
  lastMoment: Date | null
  /** Its time is over. What was left then has expired, or is about to. */
  isOver: boolean
  /** Something is left of it, and its time is not over. */
  canBeUsed: boolean
  /** How often something was taken from it that was not reversed, and the latest times, newest first; minor units below zero. */
  uses: number
  latestUses: readonly { postingId: string; at: Date; amount: bigint }[]
  /** Null for credits that were there before there were grants. */
  postingId: string | null
  /** What reversed the posting that granted it. */
  reversedById: string | null
  what: Sentence
  actorName: string
  note: string
  /** For staff only. */
  comment: string
}

/** What used a grant is shown beside it as far as this; its own page has all. */
const LATEST_USES = 3

/**
 * The grants that still have something left, in the order in which they are spent. Together they are the credits: of a customer who is known
 * to have none, nothing is asked.
 */
export async function listOpenGrants(
  actor: Actor,
  customer: { id: string; credits?: bigint },
  { limit, ending = false }: { limit: number; ending?: boolean },
): Promise<CreditGrant[]> {
  mustBeAllowedOrOwn(actor, 'customers.see', customer)
  if (customer.credits === 0n) return []
  return findGrants(actor, customer, { open: { ending }, limit })
}

/** One grant of a customer. Throws 404 where there is none. */
export async function findGrant(actor: Actor, customer: { id: string }, id: unknown): Promise<CreditGrant> {
  mustBeAllowed(actor, 'customers.see')
  const [grant] = isId(id) ? await findGrants(actor, customer, { grantId: id, limit: 1 }) : []
  if (!grant) throw new Refusal(404, t('Credit grant not found.'))
  return grant
}

/** What added to a grant or took from it. */
export interface GrantMovement {
  postingId: string
  at: Date
  /** Signed minor units. */
  amount: bigint
  what: Sentence
  /** What reversed its posting. */
  reversedById: string | null
  actorName: string
  note: string
  reference: string
}

interface PostedBy {
  kind: PostingKind
  reason: PostingReason | null
  reversedKind: PostingKind | null
  actorName: string
  note: string
}

/** What a statement selects of `p`, a posting, for PostedBy. */
const POSTED_BY = `p.kind, p.reason, p.actor_name as "actorName", p.note,
  (select o.kind from postings o where o.reseller_id = $1 and o.id = p.reverses_id) as "reversedKind"`

type MovementRow = PostedBy & Omit<GrantMovement, 'amount' | 'what'> & { amount: string }

function toMovement(row: MovementRow): GrantMovement {
  return { ...row, amount: BigInt(row.amount), what: whatOf(row) }
}

type GrantRow = Pick<CreditGrant, 'id' | 'category' | 'createdAt' | 'postingId' | 'reversedById'> & {
  amount: string
  remaining: string
  expiresAt: Date | null
  uses: string
  latestUses: { postingId: string; at: string; amount: string }[]
} & ((PostedBy & { comment: string }) | { kind: null })

/** What used `hit`, a grant, and was not reversed since: neither a reversal nor an expiry is a use of it. */
const USES = `
  grant_movements m join postings u on u.reseller_id = $1 and u.id = m.posting_id
  where m.reseller_id = $1 and m.grant_id = hit.id and m.amount < 0 and u.kind in ${kindsInSql(({ isReversible }) => isReversible)}
    and not exists (select from postings r where r.reseller_id = $1 and r.reverses_id = u.id)`

/** What is selected of `hit`, a grant, and of `p`, the posting that granted it, for toGrant(). */
const GRANT_COLUMNS = `
  hit.id, hit.category, hit.amount::text, hit.remaining::text, hit.created_at as "createdAt", hit.expires_at as "expiresAt",
  hit.posting_id as "postingId", ${POSTED_BY}, p.comment,
  (select r.id from postings r where r.reseller_id = $1 and r.reverses_id = hit.posting_id) as "reversedById",
  (select count(*)::text from ${USES}) as uses,
  (select coalesce(json_agg(u), '[]') from (
    select m.posting_id as "postingId", m.at, m.amount::text from ${USES}
    order by m.at desc, m.posting_id desc limit ${LATEST_USES}) u) as "latestUses"`
const GRANT_JOINS = 'left join postings p on p.reseller_id = $1 and p.id = hit.posting_id'

/** All grants of a customer, newest first. */
export const grants = {
  may: 'customers.see',
  size: 50,
  table: 'credit_grants',
  where: ({ of, bind }) => [`hit.customer_id = ${bind(of.id)}`],
  order: newestFirst(['created_at', 'createdAt'], { column: 'id', field: 'id', kind: 'id' }),
  selected: GRANT_COLUMNS,
  joins: GRANT_JOINS,
  toRow: toGrant,
} as const satisfies List<CursorQuery, CreditGrant, GrantRow, { id: string }>

/** Everything that moved a grant, newest first. */
export const grantMovements = {
  may: 'customers.see',
  size: 50,
  table: 'grant_movements',
  where: ({ of, bind }) => [`hit.grant_id = ${bind(of.id)}::uuid`],
  order: newestFirst(['at', 'at'], { column: 'posting_id', field: 'postingId', kind: 'id' }),
  selected: `
    hit.posting_id as "postingId", hit.at, hit.amount, ${POSTED_BY}, coalesce(p.reference, '') as reference,
    (select r.id from postings r where r.reseller_id = $1 and r.reverses_id = p.id) as "reversedById"`,
  joins: 'join postings p on p.reseller_id = $1 and p.id = hit.posting_id',
  toRow: toMovement,
} as const satisfies List<CursorQuery, GrantMovement, MovementRow, { id: string }>

async function findGrants(
  actor: Actor,
  { id }: { id: string },
  { grantId, open, limit }: { grantId?: string; open?: { ending: boolean }; limit: number },
): Promise<CreditGrant[]> {
  const conditions = (bind: Bind) => [
    'hit.reseller_id = $1',
    `hit.customer_id = ${bind(id)}`,
    ...(grantId ? [`hit.id = ${bind(grantId)}::uuid`] : []),
    ...(open ? ['hit.remaining > 0'] : []),
    // What is over expires soon, and is not shown to the customer as something to spend.
    ...(open?.ending ? ['hit.expires_at > now()'] : []),
  ]
  const rows = await ask<GrantRow>(
    actor,
    (bind) => `
      select ${GRANT_COLUMNS} from credit_grants hit ${GRANT_JOINS}
      where ${conditions(bind).join(' and ')}
      order by hit.expires_at, hit.category, hit.created_at, hit.id limit ${limit}`,
    { createdAt: true, expiresAt: true },
  )
  return rows.map(toGrant)
}

function toGrant(row: GrantRow): CreditGrant {
  const { id, category, createdAt, postingId, reversedById } = row
  const remaining = BigInt(row.remaining)
  const end = grantEnd(row.expiresAt)
  return {
    ...{ id, category, createdAt, postingId, reversedById, ...end },
    amount: BigInt(row.amount),
    remaining,
    canBeUsed: remaining > 0n && !end.isOver,
    uses: Number(row.uses),
    latestUses: row.latestUses.map((use) => ({
      postingId: use.postingId,
      at: new Date(use.at),
      amount: BigInt(use.amount),
    })),
    ...(row.kind === null
      ? { what: t('Granted before grants were recorded'), actorName: '', note: '', comment: '' }
      : { what: whatOf(row), actorName: row.actorName, note: row.note, comment: row.comment }),
  }
}

/**
 * When a grant ends, as pages say it: the last moment in which it can be spent, null where it lasts, and whether its time is over. It is
 * from `expiresAt` on, as expire_grants() has it.
 */
export const grantEnd = (expiresAt: Date | null): { lastMoment: Date | null; isOver: boolean } => ({
  lastMoment: expiresAt && new Date(expiresAt.getTime() - 1),
  isOver: expiresAt !== null && expiresAt <= currentTime(),
})
