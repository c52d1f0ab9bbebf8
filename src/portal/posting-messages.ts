import type { Response } from 'express'
import type { Booked, Waits } from '../ledger/answer.ts'
import { findWaiting, type Waiting } from '../ledger/approvals/waiting.ts'
import { mayPost } from '../ledger/kinds.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { type FlashLink, view } from '../web/flash.ts'
import { formatsFor } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'

/**
 * What the next page says of a posting that is booked, or that the same form had booked before, with where it is; `canReverse`: also
 * what undoes it, for who may.
 */
export function saidOf(
  res: Response,
  customer: { id: string },
  { postingId, fresh }: Pick<Booked, 'postingId' | 'fresh'>,
  sentence: Sentence,
  { canReverse = true } = {},
) {
  const posting = { id: postingId }
  const links: FlashLink[] = may(res.req.actor, 'customers.see')
    ? [view(paths.posting(customer, posting))]
    : []
  if (canReverse && fresh && mayPost(res.req.actor, 'reversal')) {
    links.push({ href: paths.reversal(customer, posting), label: t('Reverse') })
  }
  return { say: sentence, tone: fresh ? 'done' : 'attention', links } as const
}

/** What is said of a posting, with what there is on each account after it. */
export function withSumsAfter(
  res: Response,
  what: Sentence,
  moves: readonly Pick<Booked['moves'][number], 'account' | 'after'>[],
): Sentence {
  const { money } = formatsFor(res.req.actor.reseller)
  const sums = moves.map(({ account, after }) =>
    account === 'BALANCE'
      ? t('balance {after}', { after: money(after) })
      : t('credits {after}', { after: money(after) }),
  )
  return t('{what} Now: {sums}.', { what, sums })
}

/** Where to go on, and what to say, where nothing has moved yet, because it is above what this person may post alone. */
export async function sentForApproval(res: Response, { fresh, waitingId }: Waits) {
  const waiting = await findWaiting(res.req.actor, waitingId)
  const { customer } = waiting
  const amount = formatsFor(res.req.actor.reseller).money(waiting.row.amount)
  const sentence = fresh
    ? t('Sent for approval. Nothing changes for {email} until {amount} is approved.', {
        email: customer.email,
        amount,
      })
    : t('This is already waiting for approval: {amount}.', { amount })
  return {
    back: paths.customer(customer),
    ...saidOfWaiting(res, waiting, sentence),
    tone: 'attention',
  } as const
}

/** What is said of a posting that waits, or did, with what there is now on the accounts that it is about, and where it is. */
export function saidOfWaiting(res: Response, { row, customer, ifPosted }: Waiting, sentence: Sentence) {
  const { balance, credits } = ifPosted.after
  const sums = [
    ...(balance === undefined ? [] : [{ account: 'BALANCE' as const, after: customer.balance }]),
    ...(credits === undefined ? [] : [{ account: 'CREDITS' as const, after: customer.credits }]),
  ]
  return { say: withSumsAfter(res, sentence, sums), links: [view(paths.approval(row))] }
}
