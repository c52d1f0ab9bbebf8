import type { NextFunction, Request, Response } from 'express'
import type { State } from '../generated/prisma/client.ts'
import { NO_REQUEST, requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { type Actor, customerActor } from './actor.ts'
import type { Permission } from './permissions.ts'

declare module 'express-serve-static-core' {
  interface Request {
    /** Who is asking; undefined for a visitor. Guards see to it that a handler behind them always has one. */
    actor: Actor
    /** Names this request in logs, audit rows and on the page of a failure. */
    id: string
  }
}

/** A person with the reseller, as SQL gives them. */
type Row = Pick<Actor, 'reseller'> & { id: string; email: string; name: string }

/** The columns of a person `p` and the reseller `t`. */
const PERSON = `p.id, p.email, p.name, json_build_object('id', t.id, 'slug', t.slug, 'name', t.name, 'currency', t.currency,
    'currencyScale', t.currency_scale, 'timeZone', t.time_zone, 'locale', t.locale) as reseller`

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
  { resellerId, id }: { resellerId: string; id: string },
): Promise<Actor | null> {
  const { rows } = await database.pool.query<Row & { roleId: string; permissions: Permission[] }>({
    name: 'staff-actor',
    text: `select ${PERSON}, p.role_id as "roleId", r.permissions
           from staff p
           join roles r on r.reseller_id = $1 and r.id = p.role_id
           join resellers t on t.id = p.reseller_id
           where p.reseller_id = $1 and p.id = $2 and p.state = 'ON'`,
    values: [resellerId, id],
  })
  const [row] = rows
  if (!row) return null
  return {
    kind: 'staff',
    id: row.id,
    name: row.email,
    displayName: row.name,
    roleId: row.roleId,
    reseller: row.reseller,
    standsInFor: null,
    loginAs: null,
    permissions: new Set(row.permissions),
    database,
    queue,
    ...NO_REQUEST,
  }
}

/** A customer as an actor, also one who is OFF; null where there is none of that id. One statement, prepared: every request asks. */
export async function maybeCustomerActor(
  services: Pick<Actor, 'database' | 'queue'>,
  { resellerId, id }: { resellerId: string; id: string },
): Promise<{ actor: Actor; state: State; mustChangePassword: boolean } | null> {
  const { rows } = await services.database.pool.query<Row & { state: State; mustChangePassword: boolean }>({
    name: 'customer-actor',
    text: `select ${PERSON}, p.state, p.must_change_password as "mustChangePassword"
           from customers p join resellers t on t.id = p.reseller_id
           where p.reseller_id = $1 and p.id = $2`,
    values: [resellerId, id],
  })
  const [row] = rows
  if (!row) return null
  const actor = customerActor(services, row.reseller, row, NO_REQUEST)
  return { actor, state: row.state, mustChangePassword: row.mustChangePassword }
}
