import type { NextFunction, Request, Response } from 'express'
import { type CurrentLoginAs, idleEndOf, maybeCurrentLoginAs } from '../login-as/validity.ts'
import { recordRequest } from './record-login-as.ts'
import type { Actor } from '../people/actor.ts'
import { maybeCustomerOf } from '../people/load-actor.ts'
import { requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { maybeFormerSession } from './former-session.ts'

/**
 * Finds out who is asking in the console, again on every request: a customer who is ON, or a staff member whose login-as still holds.
 * Under ReadOnly Login the actor's database refuses every write. Whatever is asked under a login-as is written down here, before anything
 * can answer. For a session that is over, `former` tells what it was.
 */
export async function loadConsoleActor(req: Request, res: Response, next: NextFunction) {
  const { person } = req.session
  const all = services(req)
  const found = person?.kind === 'customer' ? await maybeCustomerOf(all, person) : null
  if (person?.kind !== 'customer' || !found) return visitorHere(req, res, next)
  const customer = { ...found.actor, ...requestFacts(req) }
  if (!person.loginAsId) {
    if (found.state === 'OFF') return visitorHere(req, res, next)
    req.actor = { ...customer, lacksProof: !req.session.isProven }
    res.locals.mustChangePassword = found.mustChangePassword
    return next()
  }
  const loginAs = await maybeCurrentLoginAs(all.database, {
    resellerId: person.resellerId,
    id: person.loginAsId,
  })
  if (!loginAs) return visitorHere(req, res, next)
  const seen = await recordRequest(req, res, loginAs)
  if (!seen) return visitorHere(req, res, next)
  loginAs.lastSeenAt = seen
  const database = loginAs.mode === 'readonly' ? all.readOnlyDatabase : all.database
  // What is required of the customer is not required of the staff member.
  delete customer.requiredFactor
  req.actor = { ...customer, ...asStandIn(loginAs, customer), database }
  next()
}

/** Nobody, or somebody whose session is over: then the rest of the way knows what it was. */
async function visitorHere(req: Request, res: Response, next: NextFunction) {
  res.locals.former = await maybeFormerSession(req)
  // Forms of pages that are answered all the same, such as the login, are a visitor's from here on.
  req.session.person = undefined
  next()
}

/** What an actor in a login-as session has of the staff member. */
function asStandIn({ id, mode, expiresAt, lastSeenAt, isProven, staff }: CurrentLoginAs, customer: Actor) {
  return {
    kind: 'staff',
    id: staff.id,
    name: staff.email,
    displayName: staff.name,
    roleId: staff.roleId,
    standsInFor: customer.id,
    lacksProof: !isProven,
    loginAs: { id, mode, expiresAt, idleEndsAt: idleEndOf(lastSeenAt), customerName: customer.name },
  } as const
}
