import { hash } from 'node:crypto'
import type { Database } from '../../database/client.ts'
import { readAll } from '../../database/cursor.ts'
import type { Fault } from './fault.ts'

interface Row {
  reseller: string
  customer: string
  account: 'BALANCE' | 'CREDITS'
  seq: string
  amount: string
  before: string
  after: string
  floor: string
  hash: string
  posting: string
  kind: string
  key: string
  fingerprint: string
  reason: string | null
  channel: string | null
  comment: string
  note: string
  reference: string | null
  salt: string
  digest: string
  actor_kind: string
  actor_id: string | null
  for_customer: string | null
  reverses: string | null
  posted_ms: string
  effective_ms: string
  /** The last entry of this account whose hash is of version 1; null: none is. */
  mark: string | null
  actor_name: string
  author_salt: string | null
  author_digest: string | null
  limit_staff: string | null
  receipt_digest: string | null
  /** The folded form of the receipt that the posting brought. */
  receipt: string | null
  approval_above: string | null
  approval: string | null
  approver: string | null
  /** Of the grant that the posting made, where this is the entry of the credits. */
  grant_category: string | null
  grant_end_ms: string | null
}

/** What the hash of an entry covers. */
export type HashedFacts = Omit<
  Row,
  'hash' | 'comment' | 'note' | 'reference' | 'salt' | 'actor_name' | 'author_salt' | 'receipt'
>

/** In the order of each account's chain. Bytes as hex and times as milliseconds, so that nothing is parsed that is only hashed. */
const STATEMENT = `
  select e.reseller_id as reseller, e.customer_id as customer, e.account, e.seq, e.amount, e.before, e.after, e.floor,
         encode(e.hash, 'hex') as hash, p.id as posting, p.kind, p.key, p.fingerprint, p.reason, p.channel, p.comment, p.note, p.reference,
         encode(p.text_salt, 'hex') as salt, encode(p.text_digest, 'hex') as digest, p.actor_kind, p.actor_id,
         p.for_customer_id as for_customer, p.reverses_id as reverses,
         (extract(epoch from e.posted_at) * 1000)::bigint as posted_ms, (extract(epoch from p.effective_at) * 1000)::bigint as effective_ms,
         m.seq as mark, p.actor_name, encode(p.author_salt, 'hex') as author_salt, encode(p.author_digest, 'hex') as author_digest,
         p.limit_staff_id as limit_staff, encode(p.receipt_digest, 'hex') as receipt_digest, r.folded as receipt,
         p.approval_above, p.approval_id as approval, p.approver_id as approver,
         g.category as grant_category, (extract(epoch from g.expires_at) * 1000)::bigint as grant_end_ms
  from entries e join postings p on p.reseller_id = $1 and p.id = e.posting_id
  left join chain_marks m on m.reseller_id = $1 and m.customer_id = e.customer_id and m.account = e.account
  left join receipts r on r.reseller_id = $1 and r.posting_id = p.id
  left join credit_grants g on g.reseller_id = $1 and g.posting_id = p.id and e.account = 'CREDITS'
  where e.reseller_id = $1
  order by e.reseller_id, e.customer_id, e.account, e.seq`

/** How far a chain has been followed: what the next entry has to go on from. */
interface Link {
  account: string
  seq: bigint
  after: string
  hash: string
  postedMs: number
}

/**
 * Follows the chain of every account, entry by entry, and computes each hash again from the facts, by other code than that which wrote it.
 * Stops at the first entry that is broken. Reads through a cursor, so that a ledger of any size takes the same memory; `onProgress` is
 * called now and then with how many entries it has read.
 */
export async function verifyChain(
  database: Pick<Database, 'pool'>,
  resellerIds: readonly string[],
  onProgress: (entries: number) => void,
): Promise<{ entries: number; accounts: number; fault: Fault | null }> {
  let entries = 0
  let accounts = 0
  let last: Link | null = null
  for await (const rows of entriesOf(database, resellerIds)) {
    for (const row of rows) {
      const account = `${row.reseller} ${row.customer} ${row.account}`
      const before: Link | null = last?.account === account ? last : null
      if (!before) accounts += 1
      entries += 1
      const what = faultOf(row, before)
      if (what) return { entries, accounts, fault: { where: placeOf(row), what } }
      last = {
        account,
        seq: BigInt(row.seq),
        after: row.after,
        hash: row.hash,
        postedMs: Number(row.posted_ms),
      }
    }
    onProgress(entries)
  }
  return { entries, accounts, fault: null }
}

/** The entries of these resellers, one reseller after the other. */
async function* entriesOf({ pool }: Pick<Database, 'pool'>, resellerIds: readonly string[]) {
  // Along the index, each posting would be a read of its own, from anywhere in the table.
  for (const id of resellerIds) yield* readAll<Row>(pool, { text: STATEMENT, values: [id] }, { soon: 'last' })
}

const placeOf = ({ reseller, customer, account, seq, posting }: Row) =>
  `reseller ${reseller}, customer ${customer}, ${account} entry ${seq} (posting ${posting})`

/** What is wrong with an entry that follows `before` in its account, or null. */
function faultOf(row: Row, before: Link | null): string | null {
  const seq = (before?.seq ?? 0n) + 1n
  if (BigInt(row.seq) !== seq) return `its number should be ${seq}`
  if (row.before !== (before?.after ?? '0'))
    return `it starts at ${row.before}, but the previous entry ended at ${before?.after ?? '0'}`
  if (BigInt(row.before) + BigInt(row.amount) !== BigInt(row.after))
    return `${row.before} and ${row.amount} do not add up to ${row.after}`
  if (BigInt(row.amount) < 0n && BigInt(row.after) < BigInt(row.floor))
    return `it ends at ${row.after}, below its limit of ${row.floor}`
  if (before && Number(row.posted_ms) < before.postedMs)
    return 'it was posted earlier than the previous entry'
  if (digestOf(row) !== row.digest) return 'its texts have changed since it was posted'
  const version = versionOf(row)
  if (version === 1 && row.author_digest !== null) return 'it has data that its hash version does not include'
  if (version === 2 && authorDigestOf(row) !== row.author_digest)
    return 'its author’s name has changed since it was posted'
  if (version === 2 && receiptDigestOf(row) !== row.receipt_digest)
    return 'its receipt has changed since it was posted'
  if (entryHash(row, before?.hash ?? '') !== row.hash) return 'its hash does not match its data'
  return null
}

/**
 * By which version of the line an entry was hashed: up to its account's mark, which was made when version 2 began, it is 1. No entry says
 * so itself, so that none can be taken for an older one.
 */
const versionOf = ({ seq, mark }: HashedFacts) => (mark !== null && BigInt(seq) <= BigInt(mark) ? 1 : 2)

/** SHA-256 over a salt, in hex, and a text. */
const salted = (salt: string, text: string) =>
  hash('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(text)]))

/** As textDigest() in ../fingerprint.ts made it. */
const digestOf = ({ salt, comment, note, reference }: Row) =>
  salted(salt, JSON.stringify([comment, note, reference ?? '']))

/** As post_to_ledger() and expire_grants() made it. */
const authorDigestOf = ({ author_salt, actor_name }: Row) => salted(author_salt ?? '', actor_name)

/** As post_to_ledger() made it; null for a posting that brought no receipt. */
const receiptDigestOf = ({ salt, receipt }: Row) => (receipt === null ? null : salted(salt, receipt))

/** The hash of an entry as add_entry() makes it, hex, after that of the previous entry; '' for the first one. */
export function entryHash(row: HashedFacts, previous: string): string {
  const line = versionOf(row) === 1 ? lineOfVersion1(row) : lineOfVersion2(row)
  return salted(previous, line.join('|'))
}

const lineOfVersion1 = (row: HashedFacts) => ['v1', ...factsOf(row, [row.key])]

/** The key follows its length in bytes, so that no two lines of different facts are the same. */
const lineOfVersion2 = (row: HashedFacts) => [
  ...['v2', ...factsOf(row, [String(Buffer.byteLength(row.key)), row.key])],
  ...[row.author_digest, row.limit_staff ?? '', row.receipt_digest ?? ''],
  ...[row.approval_above ?? '', row.approval ?? '', row.approver ?? ''],
  ...[row.grant_category ?? '', row.grant_end_ms ?? ''],
]

/** What the lines of both versions have in the same order. */
const factsOf = (row: HashedFacts, key: readonly string[]) => [
  ...[row.reseller, row.customer, row.account, row.seq, row.posting, row.kind],
  ...[row.amount, row.before, row.after, row.floor, ...key, row.fingerprint, row.reason ?? ''],
  ...[row.channel ?? '', row.digest, row.actor_kind, row.actor_id ?? '', row.for_customer ?? ''],
  ...[row.reverses ?? '', row.posted_ms, row.effective_ms],
]
