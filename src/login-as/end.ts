import { type Transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { record } from '../events/record.ts'
import type { LoginAs, LoginAsEnd, Prisma } from '../generated/prisma/client.ts'
import { NO_REQUEST, type RequestFacts } from '../request-facts.ts'
import { loginAsEnded } from './events.ts'
import { MODES, permissionFor } from './login-as.ts'

/** Ends that come out of the browser of the staff member who is in. */
const OWN_ENDS: ReadonlySet<LoginAsEnd> = new Set([
  'exit',
  'staff_logout',
  'replaced',
  'password_changed',
  'portal_login',
])

/**
 * Ends every login-as session that fits, with its console sessions, and records why; returns how many it ended. When one ends by itself,
 * validity.ts decides. The condition sits in the write, so each ends once, for one reason (LOGIN_AS_ENDS in login-as.ts has all of them
 * in words), at `at` (now, where nothing else is said). The event names the staff member of each session and `stoppedBy`, who ended it
 * from the portal; it keeps the `request` that ended it, of which address and browser are left out where it was somebody else's.
 *
 * Locks the login-as sessions in the order of their ids, so that two who end the same ones cannot wait for each other, and after each
 * its console sessions. A caller that needs customer, staff member or portal session locks them before, in this order.
 */
export async function endLoginAsSessions(
  db: Transaction,
  where: Prisma.LoginAsWhereInput,
  by: LoginAsEnd,
  { at, request = NO_REQUEST, stoppedBy }: HowEnded = {},
): Promise<number> {
  const open = { AND: [where, { endedAt: null }] }
  const found = await db.loginAs.findMany({
    where: open,
    select: { resellerId: true, id: true, customerId: true, staffId: true, mode: true },
    orderBy: { id: 'asc' },
  })
  let count = 0
  for (const session of found) {
    const { resellerId, id } = session
    const ended = await db.loginAs.updateMany({
      where: { ...open, resellerId, id },
      data: { endedAt: at ?? (await databaseTime(db)), endedBy: by },
    })
    if (ended.count === 0) continue
    count += 1
    await leaveNobodyIn(db, session, { by, request, stoppedBy })
  }
  return count
}

interface HowEnded {
  at?: Date
  request?: RequestFacts
  stoppedBy?: string | undefined
}

/** Ends the login-as sessions of a staff member that these permissions do not allow any more. */
export async function endForbiddenLoginAs(
  db: Transaction,
  { resellerId, staffId }: { resellerId: string; staffId: string },
  permissions: readonly string[],
  request: RequestFacts,
) {
  const lost = MODES.filter((mode) => !permissions.includes(permissionFor(mode)))
  await endLoginAsSessions(db, { resellerId, staffId, mode: { in: lost } }, 'permission_lost', {
    request,
  })
}

async function leaveNobodyIn(
  db: Transaction,
  {
    resellerId,
    id,
    customerId,
    staffId,
    mode,
  }: Pick<LoginAs, 'resellerId' | 'id' | 'customerId' | 'staffId' | 'mode'>,
  { by, request, stoppedBy }: { by: LoginAsEnd; request: RequestFacts; stoppedBy: string | undefined },
) {
  // Each by its name: who asks is an actor with more to it, and not the author here.
  const { requestId, ip, userAgent } = request
  // The rows are kept, so that the next request of a page that is still open is answered with the reason.
  await db.session.updateMany({
    where: { resellerId, loginAsId: id, endedAt: null },
    data: { endedAt: await databaseTime(db) },
  })
  const staff = await db.staff.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: staffId } },
    select: { email: true },
  })
  const author = {
    kind: 'staff',
    id: staffId,
    name: staff.email,
    standsInFor: customerId,
    ...(OWN_ENDS.has(by) ? { requestId, ip, userAgent } : { ...NO_REQUEST, requestId }),
    reseller: { id: resellerId },
  } as const
  const about = { customer: { id: customerId }, mode, by, loginAs: id, ...(stoppedBy && { stoppedBy }) }
  await record(db, author, loginAsEnded, about)
}
