import { createHash } from 'node:crypto'
import pg from 'pg'
import { expect } from 'vitest'
import type { Booked, Posted } from '../../src/ledger/answer.ts'
import { newKey } from '../../src/ledger/facts.ts'
import type { RoleId } from '../../src/people/roles.ts'
import type { House } from './cast.ts'
import { type Answer, tokenOf, type Visitor } from './visit.ts'

interface Known {
  id: string
  resellerId: string
}

interface Movement {
  account: 'BALANCE' | 'CREDITS'
  seq: string
  amount: string
  before: string
  after: string
  floor: string
  hash: Buffer
  posted_at: Date
  posting_id: string
  kind: string
  key: string
  fingerprint: string
  reason: string | null
  comment: string
  note: string
  channel: string | null
  reference: string | null
  text_salt: Buffer
  text_digest: Buffer
  actor_kind: string
  actor_id: string | null
  for_customer_id: string | null
  reverses_id: string | null
  effective_at: Date
  actor_name: string
  author_salt: Buffer | null
  author_digest: Buffer | null
  /** The last entry of its account whose hash is of version 1. */
  mark: string | null
  limit_staff_id: string | null
  receipt_digest: Buffer | null
  folded: string | null
  approval_above: string | null
  approval_id: string | null
  approver_id: string | null
  granted: { category: string; end: number | null } | null
}

/** Every entry of a customer with its posting, in the order of its account. */
async function movementsOf(snapshot: pg.ClientBase, { id, resellerId }: Known): Promise<Movement[]> {
  const { rows } = await snapshot.query<Movement>(
    `select p.*, e.account, e.seq, e.amount, e.before, e.after, e.floor, e.hash, e.posted_at, e.posting_id,
            (select m.seq from chain_marks m where (m.reseller_id, m.customer_id, m.account) = (e.reseller_id, e.customer_id, e.account)) as mark,
            (select folded from receipts r where r.reseller_id = p.reseller_id and r.posting_id = p.id) as folded,
            (select jsonb_build_object('category', category, 'end', (extract(epoch from expires_at) * 1000)::bigint) from credit_grants g
             where g.reseller_id = p.reseller_id and g.posting_id = p.id and e.account = 'CREDITS') as granted
     from entries e join postings p on p.reseller_id = e.reseller_id and p.id = e.posting_id
     where e.reseller_id = $1 and e.customer_id = $2 order by e.account, e.seq`,
    [resellerId, id],
  )
  return rows
}

const sha256 = (...parts: (Buffer | string)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

/** The hash of an entry, made anew from its facts by other code than the ledger's: up to the account's mark by version 1 of its line. */
function hashOf(move: Movement, { id, resellerId }: Known, previous: Buffer | null): string {
  const isOld = move.mark !== null && BigInt(move.seq) <= BigInt(move.mark)
  const line = [
    ...[isOld ? 'v1' : 'v2', resellerId, id, move.account, move.seq, move.posting_id, move.kind],
    ...[move.amount, move.before, move.after, move.floor, ...(isOld ? [] : [Buffer.byteLength(move.key)])],
    ...[move.key, move.fingerprint, move.reason ?? '', move.channel ?? '', move.text_digest.toString('hex')],
    ...[move.actor_kind, move.actor_id ?? '', move.for_customer_id ?? '', move.reverses_id ?? ''],
    ...[move.posted_at.getTime(), move.effective_at.getTime(), ...(isOld ? [] : addedByVersion2(move))],
  ].join('|')
  return sha256(previous ?? '', line).toString('hex')
}

const addedByVersion2 = (move: Movement) => [
  ...[
    move.author_digest?.toString('hex'),
    move.limit_staff_id ?? '',
    move.receipt_digest?.toString('hex') ?? '',
  ],
  ...[move.approval_above ?? '', move.approval_id ?? '', move.approver_id ?? ''],
  ...[move.granted?.category ?? '', move.granted?.end ?? ''],
]

/**
 * Leaves a customer's postings as an installation has them that comes from before version 2 of the hashes: as the tables' owner, with
 * the triggers off, each entry hashed by version 1, a mark at the last one, and nothing in the columns that came with version 2.
 */
export async function asVersion1(owner: pg.Client, customer: Known) {
  const at = [customer.resellerId, customer.id]
  const guarded = ['postings', 'entries', 'chain_marks', 'receipts']
  for (const table of guarded) await owner.query(`alter table ${table} disable trigger user`)
  try {
    await owner.query(
      `update postings set author_salt = null, author_digest = null, receipt_digest = null, approval_above = null, approval_id = null, approver_id = null
       where reseller_id = $1 and customer_id = $2`,
      at,
    )
    await owner.query(
      `insert into chain_marks select distinct on (account) reseller_id, customer_id, account, seq, hash from entries
       where reseller_id = $1 and customer_id = $2 order by account, seq desc`,
      at,
    )
    let previous: { account: string; hash: Buffer } | null = null
    for (const move of await movementsOf(owner, customer)) {
      const { account } = move
      const hash: Buffer = Buffer.from(
        hashOf(move, customer, previous?.account === account ? previous.hash : null),
        'hex',
      )
      await owner.query(
        `update entries set hash = $5 where reseller_id = $1 and customer_id = $2 and account = $3::account and seq = $4`,
        [...at, account, move.seq, hash],
      )
      previous = { account, hash }
    }
    await owner.query(
      `update chain_marks m set hash = e.hash from entries e where (e.reseller_id, e.customer_id, e.account, e.seq) = (m.reseller_id, m.customer_id, m.account, m.seq)
         and m.reseller_id = $1 and m.customer_id = $2`,
      at,
    )
    for (const account of ['balance', 'credits']) {
      await owner.query(
        `update customers c set ${account}_hash = m.hash from chain_marks m
         where c.reseller_id = $1 and c.id = $2 and m.reseller_id = $1 and m.customer_id = $2 and m.account = upper('${account}')::account`,
        at,
      )
    }
  } finally {
    for (const table of guarded) await owner.query(`alter table ${table} enable trigger user`)
  }
}

/**
 * Proves both accounts of a customer: numbered 1, 2, 3 …, each entry beginning where the one before ended, none below its floor, every
 * hash as it must be, one audit row for each posting, and on the customer's row what the last entry says. Gives the balances. All of it
 * is read in one snapshot, so that it holds also while somebody posts.
 */
export async function proveLedger(pool: pg.Pool, customer: Known) {
  const snapshot = await pool.connect()
  try {
    await snapshot.query('begin isolation level repeatable read read only')
    return await proveSnapshot(snapshot, customer)
  } finally {
    await snapshot.query('rollback')
    snapshot.release()
  }
}

async function proveSnapshot(snapshot: pg.ClientBase, customer: Known) {
  const moves = await movementsOf(snapshot, customer)
  const { rows } = await snapshot.query(
    `select balance, balance_seq, balance_hash, credits, credits_seq, credits_hash,
            (select count(*) from postings p where p.reseller_id = c.reseller_id and p.customer_id = c.id) as postings,
            array(select details->>'posting' from audit_rows a where a.reseller_id = c.reseller_id and a.customer_id = c.id
                  and details ? 'posting' and event <> 'posting.approved') as audited
     from customers c where reseller_id = $1 and id = $2`,
    [customer.resellerId, customer.id],
  )
  const [row] = rows
  for (const account of ['BALANCE', 'CREDITS'] as const) {
    let previous: Movement | null = null
    let sum = 0n
    for (const move of moves.filter((one) => one.account === account)) {
      expect(BigInt(move.seq)).toBe(BigInt(previous?.seq ?? 0) + 1n)
      expect(move.before).toBe(previous?.after ?? '0')
      expect(BigInt(move.after)).toBe(BigInt(move.before) + BigInt(move.amount))
      if (BigInt(move.amount) < 0n) expect(BigInt(move.after)).toBeGreaterThanOrEqual(BigInt(move.floor))
      const texts = JSON.stringify([move.comment, move.note, move.reference ?? ''])
      expect(move.text_digest.toString('hex')).toBe(sha256(move.text_salt, texts).toString('hex'))
      if (move.author_digest) proveDigests(move)
      expect(move.hash.toString('hex')).toBe(hashOf(move, customer, previous?.hash ?? null))
      if (previous) expect(move.posted_at.getTime()).toBeGreaterThanOrEqual(previous.posted_at.getTime())
      sum += BigInt(move.amount)
      previous = move
    }
    const name = account.toLowerCase()
    expect(BigInt(row[name])).toBe(sum)
    expect(row[`${name}_seq`]).toBe(previous?.seq ?? '0')
    expect(row[`${name}_hash`]?.toString('hex')).toBe(previous?.hash.toString('hex'))
  }
  const postings = [...new Set(moves.map((move) => move.posting_id))].toSorted()
  expect(Number(row.postings)).toBe(postings.length)
  expect(row.audited.toSorted()).toEqual(postings)
  await proveGrants(snapshot, customer, BigInt(row.credits))
  return { balance: BigInt(row.balance), credits: BigInt(row.credits), moves }
}

/** The name of the author and the receipt are those whose digests the posting has. */
function proveDigests({
  author_salt,
  author_digest,
  actor_name,
  text_salt,
  folded,
  receipt_digest,
}: Movement) {
  expect(author_digest).toEqual(sha256(author_salt as Buffer, actor_name))
  expect(receipt_digest).toEqual(folded === null ? null : sha256(text_salt, folded))
}

/**
 * What is left of a customer's grants is their credits, of each grant it is what its movements come to, and each posting moved grants by
 * as much as it moved the credits.
 */
async function proveGrants(snapshot: pg.ClientBase, { id, resellerId }: Known, credits: bigint) {
  const { rows } = await snapshot.query<{ remaining: string; moved: string }>(
    `select g.remaining, (select sum(m.amount) from grant_movements m where m.reseller_id = g.reseller_id and m.grant_id = g.id) as moved
     from credit_grants g where g.reseller_id = $1 and g.customer_id = $2`,
    [resellerId, id],
  )
  for (const { remaining, moved } of rows) expect(remaining).toBe(moved)
  const { rows: adrift } = await snapshot.query(
    `select e.posting_id, e.amount from entries e where e.reseller_id = $1 and e.customer_id = $2 and e.account = 'CREDITS'
     and e.amount is distinct from (select sum(m.amount) from grant_movements m
                                    where m.reseller_id = e.reseller_id and m.posting_id = e.posting_id)`,
    [resellerId, id],
  )
  expect(adrift).toEqual([])
  expect(rows.reduce((sum, { remaining }) => sum + BigInt(remaining), 0n)).toBe(credits)
}

/** What a posting by hand brings with it, under a key of its own; `amount`: minor units, where its kind has one. */
export const byHand = (amount = 0n) => ({
  idempotencyKey: newKey(),
  amount,
  reason: 'courtesy' as const,
  comment: 'test',
  note: '',
  reference: '',
  confirmDuplicate: false,
})

const NO_LIMITS = { entryMax: null, dayMax: null, approvalAbove: null }
export type RoleLimits = { [limit in keyof typeof NO_LIMITS]?: bigint | null }

/** What people of a role may move, and from where on a second person decides; without a limit what is not named. */
export function limitRole({ system, reseller }: House, role: RoleId, limits: RoleLimits) {
  return system.database.prisma.role.update({
    where: { resellerId_id: { resellerId: reseller.id, id: role } },
    data: { ...NO_LIMITS, ...limits },
  })
}

/** Holds a customer's row, so that whatever is booked for them waits until it is released. */
export async function holdCustomer(url: string, customer: { id: string }) {
  const holder = new pg.Client(url)
  await holder.connect()
  await holder.query('begin')
  await holder.query('select from customers where id = $1 for update', [customer.id])
  return {
    release: async () => {
      await holder.query('commit')
      await holder.end()
    },
  }
}

/** How many postings stand before a lock in this database. */
export async function postingsThatWait(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(
    `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%post_to_ledger%'`,
  )
  return rows.length
}

/** What was booked; throws where it waits for a second person. */
export function booked(posted: Posted): Booked {
  if (posted.waits) throw new Error('Nothing was booked: it waits for a second person.')
  return posted
}

type Fields = Record<string, string | string[]>

/** Posts one of the money forms without its page, as many clients at once do; with a key of its own unless `fields` brings one. */
export async function moneyForm(browser: Visitor) {
  const csrf = await tokenOf(browser)
  return (
    customer: { id: string },
    action: 'refills' | 'deductions' | 'credits',
    fields: Fields,
  ): Promise<Answer> =>
    browser.post(`/customers/${customer.id}/${action}`, { csrf, idempotencyKey: newKey(), ...fields })
}

/** How many times each status came. */
export function countStatuses(answers: readonly { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** So many at once, each told its number. */
export const atOnce = <Result>(count: number, work: (at: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => work(at)))

/** Rows of the audit log about a customer, oldest first. */
export function eventsAbout({ system }: House, { id, resellerId }: Known) {
  return system.database.prisma.auditRow.findMany({
    where: { resellerId, customerId: id },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
}
