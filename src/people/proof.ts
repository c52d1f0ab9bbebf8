import { ProofNeeded, Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import type { Actor } from './actor.ts'

/** For so long after a login, or after a password or code that was asked for again, nobody is asked for it. */
export const PROOF_MINUTES = 15

/**
 * Refuses, 403 and by the page that asks for the password, people whose last proof of who they are is too old. What acts without a session
 * is not asked, and neither are staff who are logged in as a customer: the console would ask for the customer's password. Where their own
 * last proof, in the portal, is too old, they are led back there. Which actions ask is listed in docs/security.md, under "Asking again"; files with
 * many rows do so as they are sent, see sendFile().
 */
export function mustHaveProven({
  lacksProof = false,
  standsInFor,
}: Pick<Actor, 'lacksProof' | 'standsInFor'>) {
  if (!lacksProof) return
  throw standsInFor === null ? new ProofNeeded() : isForThePortal()
}

const isForThePortal = () =>
  new Refusal(403, t('Do this in the portal, where you are asked for your password again.'))
