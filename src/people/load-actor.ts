import type { NextFunction, Request, Response } from 'express'
import type { State } from '../generated/prisma/client.ts'
import { NO_REQUEST, requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { type CustomerRow, type StaffRow, customerRow, staffRow } from './actor-row.ts'
import { type Actor, customerActor } from './actor.ts'
import { readPermissions } from './permissions.ts'
import { lacksFactor } from './required-factor.ts'
import { type SessionPerson, customerRowOf, staffRowOf } from './session-store.ts'

declare module 'express-serve-static-core' {
  interface Request {
    /** Who is asking; undefined for a visitor. Guards see to it that a handler behind them always has one. */
    actor: Actor
    /** Names this request in logs, audit rows and on the page of a failure. */
    id: string
  }
}

/** Where an actor reads and writes. */
type Way = Pick<Actor, 'database' | 'queue'>

/**
 * Finds out who is asking, from the session, anew on every request: a role taken away or a staff member turned OFF counts from the
 * next request on. The session was read together with the person, see SessionStore.
 */
export async function loadStaffActor(req: Request, _res: Response, next: NextFunction) {
  const { person } = req.session
  if (person?.kind === 'staff') {
    const row = staffRowOf(person)
    const actor =
      row === undefined ? await maybeStaffActor(services(req), person) : row && staffActor(services(req), row)
    if (actor) req.actor = atKeyboard(req, actor)
  }
  next()
}

/** After somebody has set up a second factor: what waited for one is open again, for what the answer shows. */
export async function letFactorCount(req: Request): Promise<void> {
  const { kind, requiredFactor: required } = req.actor
  if (kind === 'staff') return loadStaffActorAgain(req)
  if (required) req.actor = { ...req.actor, requiredFactor: { ...required, isThere: true } }
}

/** Loads a staff member once more within a request, whose action has changed what they may. */
async function loadStaffActorAgain(req: Request): Promise<void> {
  const { reseller, id } = req.actor
  const actor = await maybeStaffActor(services(req), { resellerId: reseller.id, id: id as string })
  if (actor) req.actor = atKeyboard(req, actor)
}

/** Who lacks a factor that is required by now may do nothing at all, so that whatever a guard overlooked is refused by the rules as well. */
const atKeyboard = (req: Request, actor: Actor): Actor => ({
  ...actor,
  ...requestFacts(req),
  lacksProof: !req.session.isProven,
  ...(lacksFactor(actor) && { permissions: new Set() }),
})

/** The staff member as an actor, or null where there is none of that id who is ON. One statement. */
export async function maybeStaffActor(
  way: Way,
  { resellerId, id }: { resellerId: string; id: string },
): Promise<Actor | null> {
  const { rows } = await way.database.pool.query<{ row: StaffRow | null }>({
    name: 'staff-actor',
    text: `select ${staffRow('$2')} as row`,
    values: [resellerId, id],
  })
  return rows[0]?.row ? staffActor(way, rows[0].row) : null
}

const staffActor = ({ database, queue }: Way, row: StaffRow): Actor => ({
  kind: 'staff',
  id: row.id,
  name: row.email,
  displayName: row.name,
  roleId: row.roleId,
  reseller: row.reseller,
  standsInFor: null,
  loginAs: null,
  permissions: readPermissions(row.permissions),
  database,
  queue,
  ...NO_REQUEST,
  ...requiredOf(row),
})

const requiredOf = ({ requiredFactor: required }: Pick<StaffRow, 'requiredFactor'>) =>
  required && { requiredFactor: { ...required, from: new Date(required.from) } }

/** A customer as an actor, and what decides whether they may be in. */
export interface CustomerHere {
  actor: Actor
  state: State
  mustChangePassword: boolean
}

/** A customer as an actor, also one who is OFF; null where there is none of that id. One statement. */
export async function maybeCustomerActor(
  way: Way,
  { resellerId, id }: { resellerId: string; id: string },
): Promise<CustomerHere | null> {
  const { rows } = await way.database.pool.query<{ row: CustomerRow | null }>({
    name: 'customer-actor',
    text: `select ${customerRow('$2', 'now()')} as row`,
    values: [resellerId, id],
  })
  return rows[0]?.row ? customerHere(way, rows[0].row) : null
}

/** The customer of a session, as it was read with that. */
export async function maybeCustomerOf(
  way: Way,
  person: SessionPerson & { kind: 'customer' },
): Promise<CustomerHere | null> {
  const row = customerRowOf(person)
  return row === undefined ? maybeCustomerActor(way, person) : row && customerHere(way, row)
}

const customerHere = (way: Way, row: CustomerRow): CustomerHere => ({
  actor: {
    ...customerActor(way, row.reseller, row, NO_REQUEST),
    offersFactors: row.offersFactors,
    ...requiredOf(row),
  },
  state: row.state,
  mustChangePassword: row.mustChangePassword,
})
