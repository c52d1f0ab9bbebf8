import type { LoginAsEnd, LoginAsMode } from '../generated/prisma/client.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'
import { type Span, spanOf } from './span.ts'

/** A login-as session in a customer's console, as the customer sees it. */
export interface SessionOfCustomer extends Span {
  id: string
  /** The staff member's name. */
  staffName: string
  mode: LoginAsMode
  reason: string
  enteredAt: Date
  endedBy: LoginAsEnd | null
}

export interface SessionsOfCustomer {
  loginAsSessions: SessionOfCustomer[]
  /** The id to read on from, or null at the end. */
  after: string | null
}

const ROWS_IN_A_PAGE = 20

/**
 * Who from the reseller came into the console of this customer, the latest first, read on from `after`. Logins that were asked for and
 * never entered are left out.
 */
export async function listSessionsOfCustomer(
  actor: Actor,
  { after }: { after: string | null },
): Promise<SessionsOfCustomer> {
  const { prisma } = actor.database
  const resellerId = actor.reseller.id
  const found = await prisma.loginAs.findMany({
    where: {
      resellerId,
      customerId: consoleCustomerId(actor),
      enteredAt: { not: null },
      // Ids are UUIDv7 and made when it was asked for, so they are in the order of time.
      ...(after && { id: { lt: after } }),
    },
    orderBy: { id: 'desc' },
    take: ROWS_IN_A_PAGE + 1,
  })
  const rows = found.slice(0, ROWS_IN_A_PAGE)
  const staff = await prisma.staff.findMany({
    where: { resellerId, id: { in: [...new Set(rows.map(({ staffId }) => staffId))] } },
    select: { id: true, name: true, email: true },
  })
  const nameOf = new Map(staff.map(({ id, name, email }) => [id, name || email]))
  return {
    loginAsSessions: rows.map((row) => ({
      id: row.id,
      staffName: nameOf.get(row.staffId) ?? '',
      mode: row.mode,
      reason: row.reason,
      enteredAt: row.enteredAt ?? row.createdAt,
      endedBy: row.endedBy,
      ...spanOf(row),
    })),
    after: found.length > rows.length ? (rows.at(-1)?.id ?? null) : null,
  }
}

/**
 * The mode of the login-as session that a portal session is in now, and the customer's address; null where it is in none. Another one
 * that starts in the same browser takes its place.
 */
export async function maybeLoginAsOf(
  actor: Actor,
  portalSession: string,
): Promise<{ mode: LoginAsMode; customer: string } | null> {
  const { prisma } = actor.database
  const resellerId = actor.reseller.id
  const loginAs = await prisma.loginAs.findFirst({
    where: { resellerId, portalSession, enteredAt: { not: null }, endedAt: null },
    orderBy: { id: 'desc' },
  })
  if (!loginAs || spanOf(loginAs).isOver) return null
  const { email } = await prisma.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: loginAs.customerId } },
    select: { email: true },
  })
  return { mode: loginAs.mode, customer: email }
}
