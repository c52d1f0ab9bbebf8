import { currentTime } from '../database/clock.ts'
import { isId } from '../database/id.ts'
import type { Account, CreditCategory, Posting } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import type { Move } from './answer.ts'
import { whatOf } from './entry.ts'
import { grantEnd } from './grants/grants.ts'
import { availableOf } from './overdraft.ts'

/** What one posting put into a grant of credits, or took from it. */
export interface GrantUse {
  grantId: string
  category: CreditCategory
  /** When what is left of the grant could or can last be spent; null: it lasts. */
  lastMoment: Date | null
  isOver: boolean
  /** Signed minor units. */
  amount: bigint
}

/** A posting with all that is known of it. */
export interface PostingDetails extends Posting {
  /** Kind and reason in words. */
  what: Sentence
  /** What each account did; of a charge, the credits first. */
  moves: (Move & { id: string; seq: number })[]
  grants: GrantUse[]
  /** Credits that it granted have expired, all or a part. */
  hasExpired: boolean
  reversedById: string | null
  /** Of a posting that waited: who approved it, when, and what they said. */
  approval: { by: string; at: Date; comment: string } | null
  /** The customer's address, where the author stood in for one. */
  standsInForEmail: string | null
  /** The staff member on whose account the system posted it. */
  onAccountOf: string | null
}

/** One posting of a customer. Throws 404 for another customer's as for one that never was. */
export async function findPosting(
  actor: Actor,
  customer: { id: string },
  postingId: unknown,
): Promise<PostingDetails> {
  mustBeAllowed(actor, 'customers.see')
  const { prisma } = actor.database
  const resellerId = actor.reseller.id
  const posting = isId(postingId)
    ? await prisma.posting.findFirst({
        where: { resellerId, id: postingId, customerId: customer.id },
        include: {
          entries: { orderBy: { account: 'desc' } },
          grantMovements: { include: { grant: true }, orderBy: { grantId: 'asc' } },
          reverses: { select: { kind: true } },
          reversal: { select: { id: true } },
          waited: { select: { deciderName: true, decidedAt: true, comment: true } },
        },
      })
    : null
  if (!posting) throw new Refusal(404, t('Posting not found.'))

  const { entries, grantMovements, reverses, reversal, waited, ...facts } = posting
  const [standsInFor, staff, expired] = await Promise.all([
    facts.forCustomerId
      ? prisma.customer.findUnique({
          where: { resellerId_id: { resellerId, id: facts.forCustomerId } },
          select: { email: true },
        })
      : null,
    facts.limitStaffId && facts.limitStaffId !== facts.actorId
      ? prisma.staff.findFirst({
          where: { resellerId, id: facts.limitStaffId },
          select: { email: true },
        })
      : null,
    prisma.$queryRaw<{ has: boolean }[]>`
      select granted_has_expired(${resellerId}, ${facts.id}::uuid, now()) as has`,
  ])
  const [approved] = waited
  return {
    ...facts,
    what: whatOf({ kind: facts.kind, reason: facts.reason, reversedKind: reverses?.kind ?? null }),
    moves: entries.map(({ id, account, seq, amount, before, after }) => ({
      id,
      account,
      seq: Number(seq),
      amount,
      before,
      after,
    })),
    grants: grantMovements.map(({ grantId, amount, grant: { category, expiresAt } }) => ({
      grantId,
      category,
      ...grantEnd(expiresAt),
      amount,
    })),
    hasExpired: expired[0]?.has ?? false,
    reversedById: reversal?.id ?? null,
    approval: approved?.decidedAt
      ? { by: approved.deciderName ?? '', at: approved.decidedAt, comment: approved.comment }
      : null,
    standsInForEmail: standsInFor?.email ?? null,
    onAccountOf: staff?.email ?? null,
  }
}

/** What a reversal will do to one account; minor units. */
export interface Undoing {
  account: Account
  /** What the account has now; of credits, without those whose time is over. */
  now: bigint
  /** Signed. */
  amount: bigint
  after: bigint
  /** What may be taken. */
  available: bigint
  /** What is given back to grants whose time is over, and expires again at once. */
  expiresAgain: bigint
}

/** What reversing a posting would do now. The ledger checks again when it is done. */
export async function previewReversal(
  actor: Actor,
  customer: { id: string; balance: bigint; credits: bigint; overdraft: bigint },
  { moves, grants }: PostingDetails,
): Promise<Undoing[]> {
  mustBeAllowed(actor, 'customers.see')
  const { _sum: due } = await actor.database.prisma.creditGrant.aggregate({
    where: { resellerId: actor.reseller.id, customerId: customer.id, expiresAt: { lte: currentTime() } },
    _sum: { remaining: true },
  })
  const credits = customer.credits - (due.remaining ?? 0n)
  const expiresAgain = grants
    .filter(({ amount, isOver }) => amount < 0n && isOver)
    .reduce((sum, { amount }) => sum - amount, 0n)
  return moves.map(({ account, amount }) => {
    if (account === 'CREDITS') {
      const after = credits - amount - expiresAgain
      return { account, now: credits, amount: -amount, after, available: credits, expiresAgain }
    }
    return {
      account,
      now: customer.balance,
      amount: -amount,
      after: customer.balance - amount,
      available: availableOf(customer),
      expiresAgain: 0n,
    }
  })
}
