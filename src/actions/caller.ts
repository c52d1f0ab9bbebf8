import type { Actor } from '../people/actor.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'

/** Who acts, and through what. */
export interface Caller {
  /** As req.actor: undefined where nobody is logged in, as where an action is for holders of a link or for the host. */
  actor: Actor
  services: Services
  request: RequestFacts
  /** Digest of the session that it came by; undefined without HTTP. */
  session?: string
}

/** Somebody who acts without HTTP, such as a command. `services`: those that the action uses. */
export const actingAlone = (actor: Actor, services: Partial<Services> = {}): Caller => ({
  actor,
  services: services as Services,
  request: actor,
})
