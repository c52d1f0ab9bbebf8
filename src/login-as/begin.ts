import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { newId } from '../database/id.ts'
import { record } from '../events/record.ts'
import { choice, longText } from '../forms/form.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import { type Permission, readPermissions } from '../people/permissions.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { loginAsStarted } from './events.ts'
import {
  adminHindrance,
  codeHash,
  holdPortalSession,
  LOGIN_AS_MINUTES_MAX,
  MODES,
  permissionFor,
} from './login-as.ts'

/** The hand-over code is good once, for this long. */
const CODE_SECONDS_MAX = 60

/**
 * Starts a login-as session in a customer's console and returns the code by which this browser may enter it. The code is stored as its
 * digest.
 *
 * Locks the customer, the staff member and the portal session: what takes away one of the grounds for the session waits, and then finds
 * the session and ends it, or came first and is seen here.
 *
 * @throws 403 without the mode's permission, within a login-as session, and after a logout meanwhile; 422 for Admin Login to a customer
 * who is OFF or whose registration is not completed: there, only ReadOnly Login is possible
 */
export const BeginLoginAs = action({
  may: ['login.readonly', 'login.admin'],
  proof: (_by, _customer, { mode }) => mode === 'admin',
  leaves: [loginAsStarted],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  // The reason stands in the log, and the customer is shown it.
  input: z.object({ mode: choice(MODES), reason: longText({ max: 500, min: 3 }) }),
  async run({ actor, session = '' }, customer: { id: string }, { mode, reason }) {
    mustBeAllowed(actor, permissionFor(mode))
    if (actor.standsInFor || actor.kind !== 'staff' || !actor.id) {
      throw new Refusal(
        403,
        t('You cannot start a login-as session from inside another one. Exit this one first.'),
      )
    }
    const code = `${actor.reseller.id}.${randomBytes(32).toString('base64url')}`
    const { id: staffId, reseller, ip, userAgent } = actor
    await transaction(actor, async (db) => {
      if (mode === 'admin') await mustAllowAdmin(db, actor, customer)
      mustBeAllowed(
        { ...actor, permissions: await permissionsNow(db, reseller.id, staffId) },
        permissionFor(mode),
      )
      if (!(await holdPortalSession(db, reseller.id, session))) {
        throw new Refusal(403, t('You have been logged out. Log in and start again.'))
      }
      const id = newId()
      await db.loginAs.createMany({
        data: {
          resellerId: reseller.id,
          id,
          customerId: customer.id,
          staffId,
          mode,
          reason,
          portalSession: session,
          codeHash: codeHash(code),
          codeExpiresAt: await databaseTime(db, CODE_SECONDS_MAX * 1000),
          expiresAt: await databaseTime(db, LOGIN_AS_MINUTES_MAX * 60_000),
          ip,
          userAgent: userAgent ?? '',
        },
      })
      await record(db, actor, loginAsStarted, { customer, mode, reason, loginAs: id })
    })
    return { code }
  },
})

/** Locks the customer, and refuses, 422, while nobody may have full rights there. */
async function mustAllowAdmin(db: Transaction, actor: Actor, { id }: { id: string }) {
  await lockCustomer(db, actor, id)
  const customer = await db.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId: actor.reseller.id, id } },
    include: { team: true },
  })
  const hindrance = adminHindrance(customer)
  if (hindrance) throw new Refusal(422, hindrance, { field: 'mode' })
}

/** What the staff member may do now; it stays so until the transaction ends. */
async function permissionsNow(
  db: Transaction,
  resellerId: string,
  staffId: string,
): Promise<ReadonlySet<Permission>> {
  await db.$queryRaw`select 1 from staff where reseller_id = ${resellerId} and id = ${staffId}::uuid for share`
  const { role } = await db.staff.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: staffId } },
    include: { role: true },
  })
  return readPermissions(role.permissions)
}
