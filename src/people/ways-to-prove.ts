import type { Services } from '../services.ts'
import { type Actor, type Person, ownerOf } from './actor.ts'
import { listFactors } from './factors.ts'

/** What does as well as the password where somebody is asked again who they are; nothing for staff who are logged in as a customer, of whom none counts there. */
export async function waysToProve(actor: Actor, services: Pick<Services, 'keys' | 'config'>) {
  const { factors } =
    actor.standsInFor === null
      ? await listFactors(actor, services, ownerOf(actor as Person))
      : { factors: [] }
  const kinds = factors.filter(({ isVoid }) => !isVoid).map(({ kind }) => kind)
  return { takesCode: kinds.includes('totp'), takesPasskey: kinds.includes('passkey') }
}
