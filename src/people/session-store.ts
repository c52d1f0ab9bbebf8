import { hash, randomBytes } from 'node:crypto'
import session from 'express-session'
import type { Database, Transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { PROOF_MINUTES } from './proof.ts'
import { aliveSql } from './session-limits.ts'
import { type CustomerRow, type StaffRow, customerRow, staffRow } from './actor-row.ts'

/** Who is logged in by a session. */
export type SessionPerson =
  | { kind: 'staff'; id: string; resellerId: string }
  /** Under login-as it is the customer's session, in which a staff member sits. */
  | { kind: 'customer'; id: string; resellerId: string; loginAsId?: string }

declare module 'express-session' {
  interface SessionData {
    person: SessionPerson
    /** Its last use was written down so lately that this one need not be. */
    isJustSeen: boolean
    /** Whether the person has proved lately who they are, see PROOF_MINUTES. */
    isProven: boolean
  }
}

/** A use is written down once a minute at most, so that a busy page costs no write for each request. */
const SEEN_AGAIN_AFTER_SECONDS = 60

/** What is secret in a session's id: 256 bits. */
export const newSessionSecret = () => randomBytes(32).toString('base64url')

/** The id of a session, for its cookie. It begins with the reseller, so that every statement about the session can name it. */
export const sessionIdOf = (resellerId: string, secret: string) => `${resellerId}.${secret}`

/** How the id of a session begins that nobody has yet: there is no row of it to look for. */
const NOBODYS = 'none.'

/** The id of a session that nobody has. */
export const nobodysSessionId = () => `${NOBODYS}${newSessionSecret()}`

const WITH_RESELLER = /^([0-9A-Z]{8})\./

/**
 * The id under which the database has a session: the reseller, as in the cookie's id, and the SHA-256 of that, in hex. Of a cookie
 * from before ids began with the reseller, the SHA-256 alone.
 */
export function sessionDigest(id: string): string {
  const digest = hash('sha256', id, 'hex')
  if (id.startsWith(NOBODYS)) return `${NOBODYS}${digest}`
  return `${WITH_RESELLER.exec(id)?.[0] ?? ''}${digest}`
}

/** Whether there is no session of this digest, and never was. */
export const isNobodys = (digest: string) => digest.startsWith(NOBODYS)

/**
 * The reseller whose session has this digest. Looked up only for one that began before ids had the reseller; null where there is none,
 * as for a browser in which nobody has logged in.
 */
export async function maybeResellerAt(
  db: Pick<Transaction, 'session'>,
  digest: string,
): Promise<string | null> {
  const known = WITH_RESELLER.exec(digest)?.[1]
  if (known !== undefined) return known
  if (isNobodys(digest)) return null
  const former = await db.session.findFirst({ where: { id: digest }, select: { resellerId: true } })
  return former?.resellerId ?? null
}

/**
 * express-session's store. It reads, touches and deletes rows, but never creates one: only openSession() does, in the transaction of
 * the login. So a slow request cannot bring back a session that a logout has ended (connect-pg-simple and prisma-session-store can).
 * The id is stored as its SHA-256. The person is in columns, so that all sessions of one person can be ended at once. Every request asks
 * who it is from, so the person is read by the same prepared statement.
 */
export class SessionStore extends session.Store {
  readonly #database: Database
  readonly #kind: SessionPerson['kind']

  constructor(database: Database, kind: SessionPerson['kind']) {
    super()
    this.#database = database
    this.#kind = kind
  }

  override get(id: string, done: (error: unknown, data?: session.SessionData | null) => void) {
    this.#find(id).then((data) => done(null, data), done)
  }

  /** Nothing to do: a session holds nothing that could change, and nobody's is stored at all. */
  override set(_id: string, _data: session.SessionData, done: (error?: unknown) => void = () => {}) {
    done()
  }

  override touch(id: string, data: session.SessionData, done: (error?: unknown) => void = () => {}) {
    if (data.isJustSeen) return done()
    touchSession(this.#database, sessionDigest(id)).then(() => done(), done)
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}) {
    this.#end(sessionDigest(id)).then(() => done(), done)
  }

  async #end(digest: string): Promise<void> {
    const { prisma } = this.#database
    const resellerId = await maybeResellerAt(prisma, digest)
    if (resellerId !== null) await prisma.session.deleteMany({ where: { resellerId, id: digest } })
  }

  async #find(id: string): Promise<session.SessionData | null> {
    const digest = sessionDigest(id)
    const resellerId = await maybeResellerAt(this.#database.prisma, digest)
    if (resellerId === null) return null
    const { rows } = await this.#database.pool.query<{
      person: SessionPerson
      isJustSeen: boolean
      isProven: boolean
      staff: StaffRow | null
      customer: CustomerRow | null
    }>({
      name: `session-of-${this.#kind}`,
      text: `select json_strip_nulls(json_build_object('kind', '${this.#kind}', 'id', coalesce(s.staff_id::text, s.customer_id),
                 'resellerId', s.reseller_id, 'loginAsId', s.login_as_id)) as person,
               s.last_seen_at > now() - make_interval(secs => $3) as "isJustSeen",
               coalesce(s.proved_at > now() - make_interval(mins => $4), false) as "isProven",
               ${this.#kind === 'staff' ? `${staffRow('s.staff_id')} as staff` : `${customerRow('s.customer_id', 's.created_at')} as customer`}
             from sessions s join resellers r on r.id = $1
             where s.reseller_id = $1 and s.id = $2 and ${aliveSql(this.#kind, 's', 'r')}`,
      values: [resellerId, digest, SEEN_AGAIN_AFTER_SECONDS, PROOF_MINUTES],
    })
    const [found] = rows
    if (!found) return null
    const { person, isJustSeen, isProven, staff, customer } = found
    if (this.#kind === 'staff') STAFF.set(person, staff)
    else CUSTOMERS.set(person, customer)
    return { cookie: { originalMaxAge: null } as session.Cookie, person, isJustSeen, isProven }
  }
}

/** Whom sessions were found to be of, by their person: not in the session, which express-session writes out twice a request. */
const STAFF = new WeakMap<SessionPerson, StaffRow | null>()
const CUSTOMERS = new WeakMap<SessionPerson, CustomerRow | null>()

/**
 * The staff member's row, as it was read with the session; null for one who is not ON. Undefined where the session has only begun, and was
 * not read.
 */
export const staffRowOf = (person: SessionPerson) => STAFF.get(person)

/** As staffRowOf(), of a customer, also one who is OFF. */
export const customerRowOf = (person: SessionPerson) => CUSTOMERS.get(person)

/** Notes that the person in this session has proved now who they are. False where the session has ended. */
export async function proveSession(
  db: Transaction,
  { resellerId, digest }: { resellerId: string; digest: string },
): Promise<boolean> {
  const provedAt = await databaseTime(db)
  const { count } = await db.session.updateMany({
    where: { resellerId, id: digest, endedAt: null, loginAsId: null },
    data: { provedAt },
  })
  return count === 1
}

/** Notes that a session was used now. */
export async function touchSession({ prisma, pool }: Database, digest: string): Promise<void> {
  const values = [await maybeResellerAt(prisma, digest), digest]
  await pool.query('update sessions set last_seen_at = now() where reseller_id = $1 and id = $2', values)
}
