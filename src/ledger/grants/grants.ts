import { z } from 'zod'
import {
  type KeysetPage,
  cutPage,
  isCursorTime,
  readCursorValues,
  writeCursor,
} from '../../database/keyset.ts'
import type { CreditCategory, PostingKind, PostingReason } from '../../generated/prisma/client.ts'
import { type Actor, mustBeAllowed, mustBeAllowedOrOwn } from '../../people/actor.ts'
import { type CursorQuery } from '../../forms/cursor-query.ts'
import { Refusal } from '../../words/refusal.ts'
import { type Sentence, t } from '../../words/words.ts'
import { whatOf } from '../entry.ts'
import { endOf } from './end.ts'

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
  /** How often something was taken from it that was not reversed, and the latest times, newest first; minor units above zero. */
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

const ROWS_IN_A_PAGE = 50
/** What used a grant is shown beside it as far as this; its own page has all. */
const LATEST_USES = 3

/** A page of all grants of a customer, newest first. One statement. A cursor without rows beyond it gives the first page, by a second statement. */
export async function listGrants(
  actor: Actor,
  customer: { id: string },
  query: CursorQuery,
): Promise<KeysetPage<CreditGrant>> {
  mustBeAllowed(actor, 'customers.see')
  const cursor = readCursor(query)
  const backwards = cursor !== null && query.before !== ''
  const direction = backwards ? 'asc' : 'desc'
  const found = await findGrants(actor, customer, {
    where: cursor ? `and (g.created_at, g.id) ${backwards ? '>' : '<'} ($3::timestamptz, $4::uuid)` : '',
    order: `g.created_at ${direction}, g.id ${direction}`,
    limit: ROWS_IN_A_PAGE + 1,
    values: cursor ?? [],
  })
  const page = cutPage(found, {
    size: ROWS_IN_A_PAGE,
    fromCursor: cursor !== null,
    backwards,
    cursorOf: ({ createdAt, id }) => writeCursor([createdAt.toISOString(), id]),
  })
  return page ?? listGrants(actor, customer, { after: '', before: '' })
}

/** The grants that still have something left, in the order in which they are spent. */
export function listOpenGrants(
  actor: Actor,
  customer: { id: string },
  { limit, ending = false }: { limit: number; ending?: boolean },
): Promise<CreditGrant[]> {
  mustBeAllowedOrOwn(actor, 'customers.see', customer)
  return findGrants(actor, customer, {
    // What is over expires soon, and is not shown to the customer as something to spend.
    where: `and g.remaining > 0 ${ending ? 'and g.expires_at > now()' : ''}`,
    order: `g.expires_at, g.category, g.created_at, g.id`,
    limit,
    values: [],
  })
}

/** One grant of a customer. Throws 404 where there is none. */
export async function findGrant(actor: Actor, customer: { id: string }, id: unknown): Promise<CreditGrant> {
  mustBeAllowed(actor, 'customers.see')
  const isId = typeof id === 'string' && z.uuid().safeParse(id).success
  const [grant] = isId
    ? await findGrants(actor, customer, { where: 'and g.id = $3', order: 'g.id', limit: 1, values: [id] })
    : []
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

/** A page of everything that moved a grant, newest first. */
export async function listGrantMovements(
  actor: Actor,
  { id }: Pick<CreditGrant, 'id'>,
  query: CursorQuery,
): Promise<KeysetPage<GrantMovement>> {
  mustBeAllowed(actor, 'customers.see')
  const cursor = readCursor(query)
  const backwards = cursor !== null && query.before !== ''
  const direction = backwards ? 'asc' : 'desc'
  const { rows } = await actor.database.pool.query<MovementRow>({
    text: `
      select m.posting_id, m.at, m.amount, ${POSTED_BY}, p.reference,
             (select r.id from postings r where r.reseller_id = p.reseller_id and r.reverses_id = p.id) as reversed_by_id
      from grant_movements m join postings p on p.reseller_id = m.reseller_id and p.id = m.posting_id
      where m.reseller_id = $1 and m.grant_id = $2
        ${cursor ? `and (m.at, m.posting_id) ${backwards ? '>' : '<'} ($3::timestamptz, $4::uuid)` : ''}
      order by m.at ${direction}, m.posting_id ${direction} limit ${ROWS_IN_A_PAGE + 1}`,
    values: [actor.reseller.id, id, ...(cursor ?? [])],
  })
  const page = cutPage(rows.map(toMovement), {
    size: ROWS_IN_A_PAGE,
    fromCursor: cursor !== null,
    backwards,
    cursorOf: ({ at, postingId }) => writeCursor([at.toISOString(), postingId]),
  })
  return page ?? listGrantMovements(actor, { id }, { after: '', before: '' })
}

interface PostedBy {
  kind: PostingKind
  reason: PostingReason | null
  reversed_kind: PostingKind | null
  actor_name: string
  note: string
}

/** What a statement selects of `p`, a posting, for PostedBy. */
const POSTED_BY = `p.kind, p.reason, p.actor_name, p.note,
  (select o.kind from postings o where o.reseller_id = p.reseller_id and o.id = p.reverses_id) as reversed_kind`

interface MovementRow extends PostedBy {
  posting_id: string
  at: Date
  amount: string
  reference: string | null
  reversed_by_id: string | null
}

const toMovement = (row: MovementRow): GrantMovement => ({
  postingId: row.posting_id,
  at: row.at,
  amount: BigInt(row.amount),
  what: whatOf({ ...row, reversedKind: row.reversed_kind }),
  reversedById: row.reversed_by_id,
  actorName: row.actor_name,
  note: row.note,
  reference: row.reference ?? '',
})

type GrantRow = {
  id: string
  category: CreditCategory
  amount: string
  remaining: string
  created_at: Date
  expires_at: Date | null
  uses: string
  latest_uses: { posting_id: string; at: string; taken: string }[]
  posting_id: string | null
  reversed_by_id: string | null
  comment: string
} & (PostedBy | { kind: null })

interface Wanted {
  where: string
  order: string
  limit: number
  /** From $3 on. */
  values: readonly unknown[]
}

/** What used `g`, a grant, and was not reversed since: neither a reversal nor an expiry is a use of it. */
const USES_OF_G = `
  grant_movements m join postings u on u.reseller_id = m.reseller_id and u.id = m.posting_id
  where m.reseller_id = g.reseller_id and m.grant_id = g.id and m.amount < 0 and u.kind not in ('reversal', 'expiry')
    and not exists (select from postings r where r.reseller_id = u.reseller_id and r.reverses_id = u.id)`

async function findGrants(
  { database, reseller }: Actor,
  { id }: { id: string },
  { where, order, limit, values }: Wanted,
): Promise<CreditGrant[]> {
  const { rows } = await database.pool.query<GrantRow>({
    text: `
      select g.id, g.category, g.amount, g.remaining, g.created_at, g.expires_at,
             g.posting_id, ${POSTED_BY}, p.comment,
             (select r.id from postings r where r.reseller_id = g.reseller_id and r.reverses_id = g.posting_id) as reversed_by_id,
             (select count(*) from ${USES_OF_G}) as uses,
             (select coalesce(json_agg(u), '[]') from (
               select m.posting_id, m.at, (-m.amount)::text as taken from ${USES_OF_G}
               order by m.at desc, m.posting_id desc limit ${LATEST_USES}) u) as latest_uses
      from credit_grants g left join postings p on p.reseller_id = g.reseller_id and p.id = g.posting_id
      where g.reseller_id = $1 and g.customer_id = $2 ${where}
      order by ${order} limit ${limit}`,
    values: [reseller.id, id, ...values],
  })
  return rows.map(toGrant)
}

function toGrant(row: GrantRow): CreditGrant {
  const posting = row.kind === null ? { actor_name: '', note: '', comment: '' } : row
  return {
    id: row.id,
    category: row.category,
    amount: BigInt(row.amount),
    remaining: BigInt(row.remaining),
    createdAt: row.created_at,
    ...endOf(row.expires_at),
    uses: Number(row.uses),
    latestUses: row.latest_uses.map(({ posting_id, at, taken }) => ({
      postingId: posting_id,
      at: new Date(at),
      amount: BigInt(taken),
    })),
    postingId: row.posting_id,
    reversedById: row.reversed_by_id,
    what:
      row.kind === null
        ? t('Granted before grants were recorded')
        : whatOf({ ...row, reversedKind: row.reversed_kind }),
    actorName: posting.actor_name,
    note: posting.note,
    comment: posting.comment,
  }
}

/** The cursor in the address; null for the first page, as where it is not valid. */
function readCursor({ after, before }: CursorQuery): [string, string] | null {
  const [time = '', id = ''] = readCursorValues(before || after)
  return isCursorTime(time) && z.uuid().safeParse(id).success ? [time, id] : null
}
