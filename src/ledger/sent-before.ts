import type { WaitingState } from '../generated/prisma/client.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

// What is said where something was sent or decided before. A form that comes back with one of these gets a new key.

/** The key of a form that was booked with another body. */
export const keySpent = () =>
  new Refusal(
    409,
    t(
      'This form was already submitted with different values, and those were posted. Nothing was posted now. Check the amounts, and submit again only if you want to post these as well.',
    ),
    { facts: { keySpent: true } },
  )

/** As keySpent(), where what was sent before had to wait for a second person, by what has become of it. */
export function keySpentOn(state: WaitingState): Refusal {
  const sentences = {
    waiting: t(
      'This form was already submitted with different values, and those are waiting for approval. Nothing was added now. Check the waiting posting, and submit again only if you want this one as well.',
    ),
    rejected: t(
      'This form was already submitted with different values, and those were rejected or withdrawn. Nothing was posted. Submit again to post these instead.',
    ),
    expired: t(
      'This form was already submitted with different values, and those expired after 72 hours. Nothing was posted. Submit again to post these instead.',
    ),
  }
  return state === 'approved' ? keySpent() : new Refusal(409, sentences[state], { facts: { keySpent: true } })
}

/** What waited is decided already, or nothing waits there. */
export function decidedAlready(state: WaitingState | null): Refusal {
  const sentences = {
    approved: t('This was already approved and posted.'),
    rejected: t('This was rejected or withdrawn, so nothing was posted.'),
    expired: t(
      'This expired after 72 hours without a decision, so nothing was posted. Enter it again if you still need it.',
    ),
    waiting: t('This is waiting for approval.'),
  }
  return new Refusal(409, state ? sentences[state] : t('There is nothing left to decide.'), {
    facts: { keySpent: true },
  })
}
