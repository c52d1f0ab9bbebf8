import { loginAsStarted } from './events.ts'
import { createHash, randomBytes } from 'node:crypto'
import { record } from '../events/record.ts'
import { lockCustomer } from '../people/customer.ts'
import { type Database, type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { newId } from '../database/id.ts'
import type { Customer, LoginAsMode, Prisma, Team } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { type NewSession, openSession } from '../people/sessions.ts'
import { LIMITS, type SessionPerson } from '../people/session-store.ts'
import type { Permission } from '../people/permissions.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { endLoginAs } from './end.ts'
import { permissionFor } from './modes.ts'

/** A stay lasts 30 minutes at most, counted from the asking and never prolonged, and ends after 10 without a page. */
export const LOGIN_AS_MINUTES_MAX = 30
export const LOGIN_AS_IDLE_MINUTES_MAX = 10

/** The hand-over code is good once, for this long. */
const CODE_SECONDS_MAX = 60

interface Start {
  mode: LoginAsMode
  reason: string
  /** Digest of the portal session that asks, on which the stay hangs. */
  portalSession: string
}

/**
 * Opens a stay in a customer's console and gives the code by which this browser may enter it. The code is stored as its digest.
 * Refuses, 403, who lacks the mode's permission, is in a console already or has logged out meanwhile; 422, Admin Login to a customer
 * who is OFF or whose registration is not completed: there, ReadOnly Login is left.
 *
 * Locks the customer, the staff member and the portal session, so that whoever takes away one of the grounds for being there waits, and
 * then finds this stay and ends it, or came first and is seen here.
 */
export async function beginLoginAs(
  actor: Actor,
  customer: { id: string },
  { mode, reason, portalSession }: Start,
): Promise<{ code: string }> {
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
    mustBeAllowed({ ...actor, permissions: await permissionsNow(db, staffId) }, permissionFor(mode))
    if (!(await holdPortalSession(db, portalSession))) {
      throw new Refusal(403, t('You have been logged out. Log in and start again.'))
    }
    const { id } = await db.loginAs.create({
      data: {
        resellerId: reseller.id,
        id: newId(),
        customerId: customer.id,
        staffId,
        mode,
        reason,
        portalSession,
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
}

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
async function permissionsNow(db: Transaction, staffId: string): Promise<ReadonlySet<Permission>> {
  await db.$queryRaw`select 1 from staff where id = ${staffId}::uuid for share`
  const { role } = await db.staff.findUniqueOrThrow({ where: { id: staffId }, include: { role: true } })
  return new Set(role.permissions as Permission[])
}

/** Whether the portal session is alive; if so, it stays so until the transaction ends. */
async function holdPortalSession(db: Transaction, digest: string): Promise<boolean> {
  const held = await db.$queryRaw<unknown[]>`
    select 1 from sessions
    where id = ${digest} and staff_id is not null and ended_at is null and expires_at > now()
      and last_seen_at > now() - make_interval(mins => ${LIMITS.staff.idleMinutesMax})
    for no key update`
  return held.length === 1
}

/** Why nobody may have full rights in this customer's console, or null. */
export function adminHindrance({ state, team }: Pick<Customer, 'state'> & { team: Pick<Team, 'type'> }) {
  if (state === 'OFF')
    return t('This customer is OFF. Only ReadOnly Login is possible until it is turned on.')
  if (team.type === 'default')
    return t('This customer has not completed registration. Only ReadOnly Login is possible until then.')
  return null
}

interface Handover {
  code: string
  /** Digest of the portal session in the browser that brings the code; null where it has none. */
  portalSession: string | null
  /** Begins if the code is good. */
  session: NewSession
  /** The stay that this browser is in already. */
  leaves: string | null
}

/**
 * Redeems a hand-over code, once, in the browser whose portal session asked for it, and opens the session in the customer's console for
 * the person who comes back. Ends, as replaced, whatever stay this browser was in. Null for a code that is wrong, late, used or brought
 * by another browser: they are not told apart. Locks the portal session, then the stays: of two codes at once in one browser, the
 * second one's stay is left.
 */
export async function redeemCode(
  on: { database: Database },
  { code, portalSession, session, leaves }: Handover,
): Promise<SessionPerson | null> {
  const [resellerId = ''] = code.split('.')
  if (!portalSession || !/^[0-9A-Z]{8}\.[\w-]{43}$/.test(code)) return null
  return transaction(on, async (db) => {
    if (!(await holdPortalSession(db, portalSession))) return null
    const here: Prisma.LoginAsWhereInput = {
      OR: [{ portalSession, enteredAt: { not: null } }, ...(leaves ? [{ id: leaves }] : [])],
    }
    await holdStays(db, { portalSession, leaves })
    const now = await databaseTime(db)
    const [stay] = await db.loginAs.updateManyAndReturn({
      where: {
        resellerId,
        codeHash: codeHash(code),
        portalSession,
        enteredAt: null,
        endedAt: null,
        codeExpiresAt: { gt: now },
      },
      data: { enteredAt: now, lastSeenAt: now },
    })
    if (!stay) return null
    await endLoginAs(db, { ...here, NOT: { id: stay.id } }, 'replaced', {
      request: session.request,
    })
    const person = { kind: 'customer', id: stay.customerId, resellerId, loginAsId: stay.id } as const
    await openSession(db, session, person)
    return person
  })
}

/** Locks the open stays of a browser in the order of their ids, as endLoginAs() does. */
async function holdStays(
  db: Transaction,
  { portalSession, leaves }: { portalSession: string; leaves: string | null },
) {
  await db.$queryRaw`
    select 1 from login_as where (portal_session = ${portalSession} or id = ${leaves}::uuid) and ended_at is null
    order by id for no key update`
}

const codeHash = (code: string) => createHash('sha256').update(code).digest('hex')
