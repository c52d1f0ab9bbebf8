import { randomUUID } from 'node:crypto'
import type { Channel, CreditCategory, PostingReason } from '../generated/prisma/client.ts'

/** What a posting of any kind brings with it. */
export interface PostingFacts {
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

/**
 * What moves, in minor units: the balance by a signed `amount`; the credits to `target` if they are still `seen` (where that is more,
 * as a grant of this category and end); a charge of `amount`; or everything that another posting moved, the other way round.
 */
export type Movement =
  | { amount: bigint }
  | {
      target: bigint
      seen: bigint
      category?: CreditCategory | undefined
      grantExpiresAt?: Date | undefined
      /** How the target was said, where that was not by itself: another way of saying it is another form. */
      operation?: 'add' | 'take'
    }
  | { reverses: string }

/** A new idempotency key for a form that is being rendered. */
export const newKey = () => randomUUID()

/** An idempotency key: 8 to 128 characters that need no escaping anywhere. */
export const KEY = /^[A-Za-z0-9._:-]{8,128}$/

/** Whether a text can be an idempotency key. */
export const isKey = (text: string | undefined): text is string => text !== undefined && KEY.test(text)
