import { Charge } from '../../src/ledger/charge.ts'
import { SetCredits } from '../../src/ledger/credits.ts'
import { Deduct } from '../../src/ledger/deduct.ts'
import { Refill } from '../../src/ledger/refill.ts'
import { Reverse } from '../../src/ledger/reverse.ts'
import type { Actor } from '../../src/people/actor.ts'
import { by } from './caller.ts'

type Of<Run extends (...args: never[]) => unknown> = Parameters<Run>[2]
type WithoutFlag<Facts> = Omit<
  Facts,
  'confirmDuplicate' | 'channel' | 'operation' | 'category' | 'grantExpiresAt' | 'effectiveAt'
> &
  Partial<Facts>

/** The postings by hand, without HTTP. */
export const refill = (actor: Actor, { id }: { id: string }, facts: WithoutFlag<Of<typeof Refill.run>>) =>
  Refill.run(by(actor), { id }, facts as Of<typeof Refill.run>)

export const deduct = (actor: Actor, { id }: { id: string }, facts: WithoutFlag<Of<typeof Deduct.run>>) =>
  Deduct.run(by(actor), { id }, facts as Of<typeof Deduct.run>)

export const setCredits = (
  actor: Actor,
  { id }: { id: string },
  facts: WithoutFlag<Of<typeof SetCredits.run>>,
) => SetCredits.run(by(actor), { id }, { operation: 'set', ...facts } as Of<typeof SetCredits.run>)

export const charge = (actor: Actor, customer: { id: string }, facts: WithoutFlag<Of<typeof Charge.run>>) =>
  Charge.run(by(actor), customer, facts as Of<typeof Charge.run>)

export const reverse = (
  actor: Actor,
  customer: { id: string },
  { postingId, ...facts }: Of<typeof Reverse.run> & { postingId: string },
) => Reverse.run(by(actor), { customer, posting: { id: postingId } }, facts)
