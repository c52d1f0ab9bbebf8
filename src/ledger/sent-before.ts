import type { WaitingState } from '../generated/prisma/client.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'

// What is said to whoever sends what was sent, or decides what was decided. A form that comes back with one of these gets a new key.

/** The key of a form that was booked with another body. */
export const keySpent = () =>
  new Refusal(
    409,
    t(
      'This form was sent before with something else in it, and that was booked. Nothing was booked now: look at the figures, and send again only if this is to be booked as well.',
    ),
    { facts: { keySpent: true } },
  )

/** As keySpent(), where what was sent before had to wait for a second person, by what has become of it. */
export function keySpentOn(state: WaitingState): Refusal {
  const sentences = {
    waiting: t(
      'This form was sent before with something else in it, and that waits for a second person. Nothing was added now: look at what waits, and send again only if this is wanted as well.',
    ),
    rejected: t(
      'This form was sent before with something else in it, and that was rejected or withdrawn, so nothing was booked. Send again if this is wanted instead.',
    ),
    expired: t(
      'This form was sent before with something else in it, and nobody decided on that within 72 hours, so nothing was booked. Send again if this is wanted instead.',
    ),
  }
  return state === 'approved' ? keySpent() : new Refusal(409, sentences[state], { facts: { keySpent: true } })
}

/** What waited is decided already, or nothing waits there. */
export function decidedAlready(state: WaitingState | null): Refusal {
  const sentences = {
    approved: t('This was approved already. Nothing was booked twice.'),
    rejected: t('This was rejected or withdrawn, so nothing was booked.'),
    expired: t(
      'Nobody decided on this within 72 hours, so nothing was booked. Enter it again if it is still wanted.',
    ),
    waiting: t('This waits for a second person.'),
  }
  return new Refusal(409, state ? sentences[state] : t('There is nothing that waits here any more.'), {
    facts: { keySpent: true },
  })
}
