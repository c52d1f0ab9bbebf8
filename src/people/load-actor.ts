import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'
import type { Permission } from './permissions.ts'
import { NO_REQUEST, requestFacts } from '../web/request-facts.ts'
import type { Actor } from './actor.ts'
import type { SessionPerson } from './session-store.ts'

declare module 'express-serve-static-core' {
  interface Request {
    /** Who is asking; undefined for a visitor. Guards see to it that a handler behind them always has one. */
    actor: Actor
    /** Names this request in logs, audit rows and on the page of a failure. */
    id: string
  }
}

interface StaffRow {
  id: string
  email: string
  name: string
  role_id: string
  permissions: Permission[]
  reseller_id: string
  slug: string
  reseller_name: string
  currency: string
  currency_scale: number
  time_zone: string
  locale: string
}

/**
 * Finds out who is asking, from the session, anew on every request: a role taken away or a staff member turned OFF counts from the
 * next request on.
 */
export async function loadStaffActor(req: Request, _res: Response, next: NextFunction) {
  const { person } = req.session
  if (person?.kind === 'staff') {
    const actor = await maybeStaffActor(services(req), person)
    if (actor) req.actor = { ...actor, ...requestFacts(req) }
  }
  next()
}

/** The staff member as an actor, or null where there is none of that id who is ON. One statement, prepared: every request asks. */
export async function maybeStaffActor(
  { database, queue }: Pick<Actor, 'database' | 'queue'>,
  person: Pick<SessionPerson, 'id'>,
): Promise<Actor | null> {
  const { rows } = await database.pool.query<StaffRow>({
    name: 'staff-actor',
    text: `select s.id, s.email, s.name, s.role_id, r.permissions, s.reseller_id, t.slug, t.name as reseller_name,
                  t.currency, t.currency_scale, t.time_zone, t.locale
           from staff s
           join roles r on r.reseller_id = s.reseller_id and r.id = s.role_id
           join resellers t on t.id = s.reseller_id
           where s.id = $1 and s.state = 'ON'`,
    values: [person.id],
  })
  const [row] = rows
  if (!row) return null
  return {
    kind: 'staff',
    id: row.id,
    name: row.email,
    displayName: row.name,
    roleId: row.role_id,
    reseller: {
      id: row.reseller_id,
      slug: row.slug,
      name: row.reseller_name,
      currency: row.currency,
      currencyScale: row.currency_scale,
      timeZone: row.time_zone,
      locale: row.locale,
    },
    standsInFor: null,
    loginAs: null,
    permissions: new Set(row.permissions),
    database,
    queue,
    ...NO_REQUEST,
  }
}
