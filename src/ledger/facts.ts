import { randomUUID } from 'node:crypto'
import type { Channel, CreditCategory, PostingReason } from '../generated/prisma/client.ts'
import { type AmountKind, movesAmount } from './kinds.ts'

/** What a posting of any kind brings with it. */
interface AskedOfAny {
  /** The idempotency key: the same one again gives the first result. */
  key: string
  /** Why it is done by hand; a charge has none. */
  reason?: PostingReason | undefined
  /** For staff only. */
  comment: string
  /** Shown to the customer. */
  note: string
  channel?: Channel | undefined
  reference?: string | undefined
  /** The receipt (channel and reference) may be booked a second time, if it is booked already. */
  confirmDuplicate?: boolean
  /** Shown only; the time of posting where missing. */
  effectiveAt?: Date | undefined
  /** The id of the staff member on whose account the system posts: their limits count. A staff member's own always do. */
  limitsOf?: string | undefined
}

/** Moves an amount in minor units, above zero: whether it gives or takes is the kind's. */
interface AskedAmount extends AskedOfAny {
  kind: AmountKind
  amount: bigint
}

/** Credits to `target` if they are still `seen`, in minor units; where that is more, as a grant of this category and end. */
interface AskedTarget extends AskedOfAny {
  kind: 'credits_set'
  target: bigint
  seen: bigint
  category?: CreditCategory | undefined
  grantExpiresAt?: Date | undefined
  /** Whether the form said what to add or to take; without it, it said the target. The same key with another one is refused. */
  operation?: 'add' | 'take'
}

/** Everything that another posting moved, the other way round. */
interface AskedReversal extends AskedOfAny {
  kind: 'reversal'
  reverses: string
}

/** What the ledger is asked to post, as codec.ts writes it for the database and reads it from what waits there. */
export type Ask = AskedAmount | AskedTarget | AskedReversal

/** Whether what is asked says by how much: all kinds but two do. */
export const asksAmount = (ask: Ask): ask is AskedAmount => movesAmount(ask.kind)

/** A new idempotency key for a form that is being rendered. */
export const newKey = () => randomUUID()

/** An idempotency key: 8 to 128 characters that need no escaping anywhere. */
export const KEY = /^[A-Za-z0-9._:-]{8,128}$/

/** Whether a text can be an idempotency key. */
export const isKey = (text: string | undefined): text is string => text !== undefined && KEY.test(text)
