import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { newId } from '../database/id.ts'
import type { PostingKind } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { CATEGORIES } from './grants/grants.ts'
import { type Ask, asksAmount } from './facts.ts'
import { fingerprintOf, textDigest } from './fingerprint.ts'
import { KINDS, kindOf } from './kinds.ts'
import { CHANNELS, REASONS } from './reasons.ts'

/**
 * The version of what post_to_ledger() is asked, and of what is stored of it while it waits. Raise it where a field means something else,
 * add the step from the version before to UPGRADES, and have post_to_ledger() refuse what is newer than it knows.
 */
export const VERSION = 2

type Stored = Readonly<Record<string, unknown>>

/**
 * By version, what makes one of the next. Version 1 had no number, a deduction's amount with its sign, and the name of the event
 * (`deed`), which is the kind's.
 */
const UPGRADES: Readonly<Record<number, (stored: Stored) => Stored>> = {
  1: ({ deed: _deed, amount, ...stored }) => ({
    ...stored,
    ...(typeof amount === 'string' && { amount: amount.replace(/^-/, '') }),
    v: 2,
  }),
}

const sum = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt)
const orNone = <Type extends z.ZodType>(type: Type) => type.nullish().transform((value) => value ?? null)
const time = orNone(z.iso.datetime({ offset: true }).transform((text) => new Date(text)))

/** What is read of it: one that waits for a second person, which pages show and an approval asks again. Sums are minor units. */
const ReadAsk = z.object({
  kind: z.enum(KINDS),
  amount: orNone(sum),
  target: orNone(sum),
  seen: orNone(sum),
  reverses: orNone(z.uuid()),
  category: orNone(z.enum(CATEGORIES)),
  grant_expires_at: time,
  reason: orNone(z.enum(REASONS)),
  comment: z.string().default(''),
  note: z.string().default(''),
  channel: orNone(z.enum(CHANNELS)),
  reference: orNone(z.string()),
  effective_at: time,
  actor_kind: orNone(z.string()),
})

/** What was asked, of a posting that waits. */
export type WaitingAsk = z.output<typeof ReadAsk>

/** What post_to_ledger() takes as its facts. */
export function encodeAsk(actor: Actor, customer: { id: string }, ask: Ask) {
  const fingerprint = fingerprintOf(customer.id, ask)
  const { kind, limitsOf, effectiveAt } = ask
  const salt = randomBytes(16)
  const facts = {
    v: VERSION,
    ...newIds(kind),
    kind,
    fingerprint,
    ...movementOf(ask),
    reason: ask.reason ?? null,
    comment: ask.comment,
    note: ask.note,
    channel: ask.channel ?? null,
    reference: ask.reference || null,
    receipt_confirmed: ask.confirmDuplicate ?? false,
    effective_at: effectiveAt?.toISOString() ?? null,
    text_salt: `\\x${salt.toString('hex')}`,
    text_digest: `\\x${textDigest(salt, ask)}`,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    for_customer_id: actor.standsInFor,
    request_id: actor.requestId,
    ip: actor.ip,
    user_agent: actor.userAgent,
    currency: actor.reseller.currency,
    told_at: actor.at?.toISOString() ?? null,
    limit_staff_id: actor.kind === 'staff' ? actor.id : (limitsOf ?? null),
    // Never stored: what would wait is refused then.
    ...(actor.lacksProof && { lacks_proof: true }),
  }
  return { fingerprint, text: JSON.stringify(facts) }
}

/** What was stored, in the form of this version; null where a newer one stored it. @throws where it is of no version */
function upgraded(facts: unknown): Stored | null {
  let stored = z.looseObject({ v: z.int().positive().default(1) }).parse(facts)
  while (stored.v < VERSION) stored = { v: VERSION, ...UPGRADES[stored.v]?.(stored) }
  return stored.v > VERSION ? null : stored
}

/** What was asked, of a posting that waits; null where a newer version of Purser asked it, which only that one can post. */
export function decodeAsk(facts: unknown): WaitingAsk | null {
  const stored = upgraded(facts)
  return stored && ReadAsk.parse(stored)
}

/** As encodeAsk(), for what waits and this person approves; null where a newer version of Purser asked it. */
export function encodeApproval(
  actor: Actor,
  { id, kind, facts }: { id: string; kind: PostingKind; facts: unknown },
  comment: string,
): string | null {
  const stored = upgraded(facts)
  if (!stored) return null
  return JSON.stringify({
    ...stored,
    ...newIds(kind, { isApproval: true }),
    told_at: actor.at?.toISOString() ?? null,
    approves: id,
    decider_id: actor.id,
    decider_name: actor.name,
    decider_request_id: actor.requestId,
    decider_ip: actor.ip,
    decider_user_agent: actor.userAgent,
    decision: comment,
  })
}

/**
 * Ids are made by the application (UUIDv7), also one for if it has to wait, and, of a kind that may move credits, those that are needed
 * only if grants are made or expire. The spare ones are for an expiry before, an expiry after, and an approval.
 */
function newIds(kind: PostingKind, { isApproval = false } = {}) {
  const ofCredits = kindOf(kind).accounts.includes('CREDITS')
  const idFor = (isNeeded: boolean) => (isNeeded ? newId() : null)
  return {
    posting_id: newId(),
    entry_ids: [idFor(ofCredits), newId()],
    audit_id: newId(),
    grant_id: idFor(ofCredits),
    waiting_id: idFor(!isApproval),
    spare_ids: [...Array.from({ length: 6 }, () => idFor(ofCredits)), idFor(isApproval)],
  }
}

function movementOf(ask: Ask) {
  if (asksAmount(ask)) return { amount: ask.amount.toString() }
  if (ask.kind === 'reversal') return { reverses: ask.reverses }
  const { target, seen, category, grantExpiresAt } = ask
  return {
    target: target.toString(),
    seen: seen.toString(),
    category: category ?? null,
    grant_expires_at: grantExpiresAt?.toISOString() ?? null,
  }
}
