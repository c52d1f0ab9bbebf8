import type { Request } from 'express'
import { promisify } from 'node:util'
import type { Transaction } from '../database/client.ts'
import type { SessionPerson } from './store.ts'

/** Begins a session for this person under a new id (against session fixation, OWASP); the cookie goes out with the answer. */
export async function beginSession(req: Request, person: SessionPerson) {
  await promisify(req.session.regenerate.bind(req.session))()
  req.session.person = person
  req.session.startedAt = Date.now()
  req.session.lastSeenAt = Date.now()
  await promisify(req.session.save.bind(req.session))()
}

/** Ends this browser's session; the row is gone when this returns. */
export async function endSession(req: Request) {
  await promisify(req.session.destroy.bind(req.session))()
}

/**
 * Ends the sessions of a staff member or a customer, in the caller's transaction: the next request of each is a visitor's. A login-as in
 * a customer's console has rules of its own and is left alone.
 */
export async function endSessionsOf(db: Transaction, { kind, id, resellerId }: SessionPerson) {
  await db.session.deleteMany({
    where: { resellerId, ...(kind === 'staff' ? { staffId: id } : { customerId: id, loginAsId: null }) },
  })
}

/**
 * Shuts a customer's sessions because the customer is turned OFF, in the caller's transaction: the next request of each is told why.
 * They stay dead when the customer is turned ON again.
 */
export async function shutSessionsOf(
  db: Transaction,
  { id, resellerId }: { id: string; resellerId: string },
) {
  await db.session.updateMany({
    where: { resellerId, customerId: id, loginAsId: null, endedAt: null },
    data: { endedAt: new Date() },
  })
}
