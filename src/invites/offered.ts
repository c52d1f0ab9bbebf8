import { type Actor, may } from '../people/actor.ts'
import type { InviteFacts } from './token.ts'
import { whyNotRegenerated } from './regenerate.ts'
import { whyNotResent } from './resend.ts'
import { whyNotRevoked } from './revoke.ts'

/** What the actor can do with an invite, by permission and as the actions themselves would decide now. */
export function offeredWith(actor: Actor, invite: InviteFacts) {
  const edits = may(actor, 'customers.edit')
  return {
    canResend: may(actor, 'mails.resend') && whyNotResent(invite) === null,
    canRegenerate: edits && whyNotRegenerated(invite) === null,
    canRevoke: edits && whyNotRevoked(invite) === null,
  }
}
