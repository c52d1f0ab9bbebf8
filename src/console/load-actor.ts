import type { NextFunction, Request, Response } from 'express'
import { type Presence, idleEndOf, presenceOf } from '../login-as/presence.ts'
import { recordRequest } from '../login-as/watch.ts'
import { type Services, services } from '../services.ts'
import type { Actor, ResellerFacts } from '../people/actor.ts'
import { maybeFormerSession } from '../people/former-session.ts'
import { requestFacts } from '../web/request-facts.ts'

interface CustomerRow {
  id: string
  email: string
  name: string
  state: 'ON' | 'OFF'
  must_change_password: boolean
  reseller_id: string
  slug: string
  reseller_name: string
  currency: string
  currency_scale: number
  time_zone: string
  locale: string
}

/**
 * Finds out who is asking in the console, anew on every request: a customer who is ON, or a staff member whose login-as still holds.
 * Under ReadOnly Login the actor's database refuses every write. Whatever is asked under a login-as is written down here, before anything
 * can answer. For a session that is over, `former` tells what it was.
 */
export async function loadConsoleActor(req: Request, res: Response, next: NextFunction) {
  const { person } = req.session
  const all = services(req)
  const row = person?.kind === 'customer' ? await customerRow(all, person) : undefined
  if (person?.kind !== 'customer' || !row) return visitorHere(req, res, next)
  const about = {
    reseller: resellerOf(row),
    ...requestFacts(req),
    permissions: new Set<never>(),
    queue: all.queue,
  }
  if (!person.loginAsId) {
    if (row.state === 'OFF') return visitorHere(req, res, next)
    req.actor = { ...about, ...asCustomer(row), database: all.database }
    res.locals.mustChangePassword = row.must_change_password
    return next()
  }
  const presence = await presenceOf(all.database, { resellerId: person.resellerId, id: person.loginAsId })
  if (!presence) return visitorHere(req, res, next)
  const seen = await recordRequest(req, res, presence)
  if (!seen) return visitorHere(req, res, next)
  presence.lastSeenAt = seen
  const database = presence.mode === 'readonly' ? all.readOnlyDatabase : all.database
  req.actor = { ...about, ...asStandIn(presence, row), database }
  next()
}

/** Nobody, or somebody whose session is over: then the rest of the way knows what it was. */
async function visitorHere(req: Request, res: Response, next: NextFunction) {
  res.locals.former = await maybeFormerSession(req)
  // Forms of pages that are answered all the same, such as the login, are a visitor's from here on.
  req.session.person = undefined
  next()
}

function asCustomer({
  id,
  email,
  name,
}: CustomerRow): Pick<Actor, 'kind' | 'id' | 'name' | 'displayName' | 'roleId' | 'standsInFor' | 'loginAs'> {
  return {
    kind: 'customer',
    id,
    name: email,
    displayName: name || email,
    roleId: null,
    standsInFor: null,
    loginAs: null,
  }
}

function asStandIn(
  { id, mode, expiresAt, lastSeenAt, staff }: Presence,
  customer: CustomerRow,
): ReturnType<typeof asCustomer> {
  return {
    kind: 'staff',
    id: staff.id,
    name: staff.email,
    displayName: staff.name,
    roleId: staff.roleId,
    standsInFor: customer.id,
    loginAs: { id, mode, expiresAt, idleEndsAt: idleEndOf(lastSeenAt), customerName: customer.email },
  }
}

/** One statement, prepared: every request asks. */
async function customerRow(
  { database }: Services,
  { resellerId, id }: { resellerId: string; id: string },
): Promise<CustomerRow | undefined> {
  const { rows } = await database.pool.query<CustomerRow>({
    name: 'console-actor',
    text: `select c.id, c.email, c.name, c.state, c.must_change_password, c.reseller_id, t.slug, t.name as reseller_name, t.currency, t.currency_scale,
                  t.time_zone, t.locale
           from customers c join resellers t on t.id = c.reseller_id
           where c.reseller_id = $1 and c.id = $2`,
    values: [resellerId, id],
  })
  return rows[0]
}

function resellerOf(row: CustomerRow): ResellerFacts {
  return {
    id: row.reseller_id,
    slug: row.slug,
    name: row.reseller_name,
    currency: row.currency,
    currencyScale: row.currency_scale,
    timeZone: row.time_zone,
    locale: row.locale,
  }
}
