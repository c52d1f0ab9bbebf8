import type { Account } from '../generated/prisma/client.ts'
import { type Answer, type AnswerPosting, type Reader, refusalOf } from './outcomes.ts'
import { decidedAlready, keySpent, keySpentOn } from './sent-before.ts'

/** What one account did; minor units, amount signed. */
export interface Move {
  account: Account
  amount: bigint
  before: bigint
  after: bigint
}

/** Money has moved. */
export interface Booked extends Omit<Move, 'account'> {
  waits: false
  /** False: the key had been used for the same thing before, and this is what came of it then. */
  fresh: boolean
  postingId: string
  /** The customer's address. */
  email: string
  /** What each account did: of a charge, the credits first. Amount, before and after, above, are those of the first. */
  moves: readonly Move[]
}

/** Nothing has moved yet: it waits for a second person. */
export interface Waits {
  waits: true
  fresh: boolean
  waitingId: string
}

export type Posted = Booked | Waits

interface Asked extends Omit<Reader, 'maker'> {
  fingerprint: string
  /** What the person is called who entered it, where another one approves it. */
  maker?: string
}

/** The answer as a result. @throws Refusal, in words, where nothing was booked */
export function resultOf(answer: Answer, asked: Asked): Posted {
  switch (answer.outcome) {
    case 'posted':
      return booked(answer.posting, true)
    case 'same_key':
      if (answer.posting.fingerprint !== asked.fingerprint) throw keySpent()
      return booked(answer.posting, false)
    case 'waits':
      if (answer.fingerprint !== asked.fingerprint) throw keySpentOn(answer.state)
      if (answer.state !== 'waiting') throw decidedAlready(answer.state)
      return { waits: true, fresh: answer.fresh, waitingId: answer.waiting }
    default:
      throw refusalOf(answer, { ...asked, maker: asked.maker ?? null })
  }
}

function booked({ id, email, entries }: AnswerPosting, fresh: boolean): Booked {
  const moves = entries.map(({ account, amount, before, after }) => ({
    account,
    amount: BigInt(amount),
    before: BigInt(before),
    after: BigInt(after),
  }))
  const [first] = moves
  if (!first) throw new Error(`Posting ${id} has no entry.`)
  const { amount, before, after } = first
  return { waits: false, fresh, postingId: id, email, moves, amount, before, after }
}
