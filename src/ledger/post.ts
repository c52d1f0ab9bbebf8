import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { DeedName } from '../audit/deeds.ts'
import type { Transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import type { Account, Channel, PostingKind, PostingReason } from '../generated/prisma/client.ts'
import type { Actor } from '../sessions/actor.ts'
import { formatsFor } from '../web/format.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { POSTING_STATEMENTS, SAME_KEY_STATEMENTS } from './posting-statement.ts'

/** What a posting of any kind brings with it. */
export interface PostingFacts {
  /** The idempotency key: the same one again gives the first result. */
  key: string
  reason: PostingReason
  /** For staff only. */
  comment: string
  /** Shown to the customer. */
  note: string
  channel?: Channel | undefined
  reference?: string | undefined
  /** The receipt (channel and reference) may be booked a second time. */
  confirmDuplicate?: boolean
  /** Shown only; the time of posting where missing. */
  effectiveAt?: Date | undefined
}

/** One movement: by `amount`, or to `target` if the account still stands at `seen`. Minor units, amount signed. */
type Movement = { amount: bigint } | { target: bigint; seen: bigint }

export interface Posted {
  /** False: the key had been used for the same thing before, and this is what came of it then. */
  fresh: boolean
  postingId: string
  /** Minor units. */
  amount: bigint
  before: bigint
  after: bigint
}

interface Kind {
  kind: PostingKind
  account: Account
  deed: DeedName
}

interface FirstResult {
  id: string
  fingerprint: string
  amount: string | null
  before: string | null
  after: string | null
}

interface Row {
  now: string | null
  entry: { amount: string; before: string; after: string } | null
  same_key: FirstResult | null
  same_receipt: { id: string; customer_id: string } | null
}

/** The accounts' floor until overdrafts exist. */
const FLOOR = 0n

/**
 * Books one movement of one account of a customer: posting, entry, audit row and the customer's new state in one statement, or
 * nothing at all. The key is looked up before anything else.
 *
 * Refuses, 409: the key with another body; `seen` that has moved since; a receipt that is booked already and not confirmed. 422: less
 * there than is taken; a change to what it is already. A refused posting does not use its key up.
 *
 * `within`: the transaction of a larger deed that it is a part of. Whatever goes wrong then ends the whole of it, and trying again is
 * up to that deed.
 */
export async function post(
  actor: Actor,
  customer: { id: string },
  { kind, account, deed }: Kind,
  movement: Movement,
  facts: PostingFacts,
  { within }: { within?: Transaction } = {},
): Promise<Posted> {
  const fingerprint = fingerprintOf(kind, customer.id, movement, facts)
  const receipt = facts.channel && facts.reference ? `${facts.channel}:${facts.reference}` : null
  const receiptKey = facts.confirmDuplicate ? null : receipt
  const postingId = uuidv7()
  const salt = randomBytes(16)
  const values = [
    actor.reseller.id,
    customer.id,
    facts.key,
    receiptKey,
    JSON.stringify({
      posting_id: postingId,
      entry_id: uuidv7(),
      audit_id: uuidv7(),
      kind,
      deed,
      fingerprint,
      amount: 'amount' in movement ? movement.amount.toString() : null,
      target: 'target' in movement ? movement.target.toString() : null,
      seen: 'seen' in movement ? movement.seen.toString() : null,
      floor: FLOOR.toString(),
      reason: facts.reason,
      comment: facts.comment,
      note: facts.note,
      channel: facts.channel ?? null,
      reference: facts.reference || null,
      text_salt: `\\x${salt.toString('hex')}`,
      text_digest: `\\x${textDigest(salt, facts)}`,
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: actor.name,
      for_customer_id: actor.standsInFor,
      request_id: actor.requestId,
      ip: actor.ip,
      told_at: actor.at?.toISOString() ?? null,
      effective_at: facts.effectiveAt?.toISOString() ?? null,
    }),
  ]
  const row = within
    ? await runWithin(within, POSTING_STATEMENTS[account], values)
    : await runTwiceIfNeeded(() =>
        actor.database.pool.query<Row>({
          name: `post-${account}`,
          text: POSTING_STATEMENTS[account],
          values,
        }),
      )
  if (row.entry) return { fresh: true, postingId, ...inMinor(row.entry) }
  const first = row.same_key ?? (await bookedMeanwhile(actor, account, facts.key))
  if (first) return firstResult(first, fingerprint)
  throw refusalFor(actor, row, movement)
}

/**
 * What was booked under this key while the statement waited for its lock. It cannot see that by itself; without asking again, the
 * second of two equal deductions that take all there is would be told that there is nothing left, though it was applied.
 */
async function bookedMeanwhile(actor: Actor, account: Account, key: string): Promise<FirstResult | null> {
  const { rows } = await actor.database.pool.query<FirstResult>({
    name: `same-key-${account}`,
    text: SAME_KEY_STATEMENTS[account],
    values: [actor.reseller.id, key],
  })
  return rows[0] ?? null
}

/** SHA-256 over salt and personal texts, hex: what the chain proves of them, even when they are erased. */
function textDigest(
  salt: Buffer,
  { comment, note, reference }: Pick<PostingFacts, 'comment' | 'note' | 'reference'>,
) {
  return createHash('sha256')
    .update(salt)
    .update(JSON.stringify([comment, note, reference ?? '']))
    .digest('hex')
}

/**
 * A unique constraint refuses what came in between the statement's view and its write; the second run sees it. Two rounds are
 * enough for one key; the third is for a key and a receipt at once.
 */
async function runTwiceIfNeeded(run: () => Promise<{ rows: Row[] }>): Promise<Row> {
  for (let round = 1; ; round++) {
    try {
      const { rows } = await run()
      return rows[0] as Row
    } catch (error) {
      if (round === 3 || !isUniqueViolation(error)) throw error
    }
  }
}

/** As a part of a transaction there is one round only: what a constraint refuses ends the transaction. */
async function runWithin(db: Transaction, statement: string, values: unknown[]): Promise<Row> {
  const rows = await db.$queryRawUnsafe<Row[]>(statement, ...values)
  return rows[0] as Row
}

/** All that the form said, but neither its token nor its key. */
function fingerprintOf(
  kind: PostingKind,
  customerId: string,
  movement: Movement,
  { key: _, ...facts }: PostingFacts,
) {
  const body = { kind, customerId, ...movement, ...facts }
  const inOrder = Object.entries(body)
    .filter(([, value]) => value !== undefined && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const line = JSON.stringify(inOrder, (_name, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return createHash('sha256').update(line).digest('hex')
}

function firstResult(first: FirstResult, fingerprint: string): Posted {
  const { amount, before, after } = first
  if (first.fingerprint !== fingerprint || amount === null || before === null || after === null) {
    throw new Refusal(
      409,
      t(
        'This form was sent before with something else in it, and that was booked. Nothing was booked now: look at the figures, and send again only if this is to be booked as well.',
      ),
      { facts: { keySpent: true } },
    )
  }
  return { fresh: false, postingId: first.id, ...inMinor({ amount, before, after }) }
}

function refusalFor(actor: Actor, row: Row, movement: Movement): Refusal {
  const { money } = formatsFor(actor.reseller)
  if (row.now === null) return new Refusal(404, t('There is nothing at this address.'))
  if (row.same_receipt) {
    return new Refusal(
      409,
      t('A payment with this channel and reference is booked already. Tick the box if this is another one.'),
      {
        field: 'reference',
        facts: { duplicateOf: row.same_receipt.id, duplicateCustomerId: row.same_receipt.customer_id },
      },
    )
  }
  const now = BigInt(row.now)
  if ('seen' in movement && movement.seen !== now) {
    return new Refusal(
      409,
      t(
        'Somebody changed the credits meanwhile: they are {now} now. Nothing was set; check and send again.',
        { now: money(now) },
      ),
      {
        facts: { now },
      },
    )
  }
  const amount = 'amount' in movement ? movement.amount : movement.target - now
  if (amount === 0n)
    return new Refusal(422, t('It is {now} already, so there is nothing to set.', { now: money(now) }), {
      field: 'credits',
      facts: { now },
    })
  const field = 'amount' in movement ? 'amount' : 'credits'
  const available = now - FLOOR
  const sentence =
    amount > 0n
      ? t('This amount is too large to be booked.')
      : available > 0n
        ? t('Only {available} are available. Enter that or less.', { available: money(available) })
        : t('{available} are available, so nothing can be taken.', { available: money(available) })
  return new Refusal(422, sentence, { field, facts: { now } })
}

function inMinor({ amount, before, after }: { amount: string; before: string; after: string }) {
  return { amount: BigInt(amount), before: BigInt(before), after: BigInt(after) }
}
