import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../audit/record.ts'
import { type Database, type Transaction, transaction } from '../database/client.ts'
import type { Customer, LoginAs, LoginAsEnd, LoginAsMode, Prisma, Team } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'

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
  userAgent: string
}

/**
 * Opens a stay in a customer's console and gives the code by which this browser may enter it. The code is stored as its digest.
 * Refuses, 403, who lacks the mode's permission or is in a console already; 422, Admin Login to a customer who is OFF or whose
 * registration is not completed: there, ReadOnly Login is left.
 */
export async function beginLoginAs(
  actor: Actor,
  customer: Customer & { team: Team },
  { mode, reason, portalSession, userAgent }: Start,
): Promise<{ code: string }> {
  mustBeAllowed(actor, mode === 'admin' ? 'login.admin' : 'login.readonly')
  if (actor.standsInFor || actor.kind !== 'staff' || !actor.id) {
    throw new Refusal(
      403,
      t('A login as a customer cannot start from inside another one. Exit this one first.'),
    )
  }
  const hindrance = mode === 'admin' ? adminHindrance(customer) : null
  if (hindrance) throw new Refusal(422, hindrance, { field: 'mode' })
  const code = `${actor.reseller.id}.${randomBytes(32).toString('base64url')}`
  const { id: staffId, reseller, ip } = actor
  await transaction(actor, async (db) => {
    const { id } = await db.loginAs.create({
      data: {
        resellerId: reseller.id,
        id: uuidv7(),
        customerId: customer.id,
        staffId,
        mode,
        reason,
        portalSession,
        codeHash: codeHash(code),
        codeExpiresAt: inSeconds(CODE_SECONDS_MAX),
        expiresAt: inSeconds(LOGIN_AS_MINUTES_MAX * 60),
        ip,
        userAgent,
      },
    })
    await record(db, actor, 'login_as.started', { customer, mode, reason, loginAs: id })
  })
  return { code }
}

/** Why nobody may have full rights in this customer's console, or null. */
export function adminHindrance({ state, team }: Pick<Customer, 'state'> & { team: Pick<Team, 'type'> }) {
  if (state === 'OFF')
    return t('This customer is OFF. Only ReadOnly Login is possible until it is turned on.')
  if (team.type === 'default')
    return t('This customer has not completed the registration. Only ReadOnly Login is possible until then.')
  return null
}

/**
 * Redeems a hand-over code, once, in the browser whose portal session asked for it. Null for a code that is wrong, late, used or
 * brought by another browser: they are not told apart.
 */
export async function redeemCode(
  { prisma }: Database,
  { code, portalSession }: { code: string; portalSession: string | null },
): Promise<LoginAs | null> {
  const [resellerId = ''] = code.split('.')
  if (!portalSession || !/^[0-9A-Z]{8}\.[\w-]{43}$/.test(code)) return null
  const now = new Date()
  const alive = { id: portalSession, expiresAt: { gt: now }, staffId: { not: null } }
  if ((await prisma.session.count({ where: alive })) === 0) return null
  const [entered] = await prisma.loginAs.updateManyAndReturn({
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
  return entered ?? null
}

/**
 * Ends every stay that fits, with the sessions that sit in it, and writes down why. The condition sits in the write, so each ends once,
 * for one reason. Gives how many ended. The deed's row names the staff member of each stay.
 */
export async function endLoginAs(
  db: Transaction,
  where: Prisma.LoginAsWhereInput,
  by: LoginAsEnd,
): Promise<number> {
  const ended = await db.loginAs.updateManyAndReturn({
    where: { ...where, endedAt: null },
    data: { endedAt: new Date(), endedBy: by },
  })
  for (const { resellerId, id, customerId, staffId, mode } of ended) {
    // The rows stay, so that the next request of a page that is still open can be told why.
    await db.session.updateMany({ where: { loginAsId: id, endedAt: null }, data: { endedAt: new Date() } })
    const staff = await db.staff.findUniqueOrThrow({
      where: { resellerId_id: { resellerId, id: staffId } },
      select: { email: true },
    })
    const author = {
      kind: 'staff',
      id: staffId,
      name: staff.email,
      standsInFor: customerId,
      requestId: null,
      ip: null,
    } as const
    const about = { customer: { id: customerId }, mode, by, loginAs: id }
    await record(db, { ...author, reseller: { id: resellerId } }, 'login_as.ended', about)
  }
  return ended.length
}

const codeHash = (code: string) => createHash('sha256').update(code).digest('hex')
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000)
