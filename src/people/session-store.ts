import { createHash, randomBytes } from 'node:crypto'
import session from 'express-session'
import type { Database } from '../database/client.ts'

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
  }
}

export interface SessionLimits {
  idleMinutesMax: number
  absoluteHoursMax: number
}

/** How long sessions last: of staff in the portal, and of customers in the console. */
export const LIMITS: Readonly<Record<SessionPerson['kind'], SessionLimits>> = {
  staff: { idleMinutesMax: 30, absoluteHoursMax: 12 },
  customer: { idleMinutesMax: 60, absoluteHoursMax: 24 },
}

/** A use is written down once a minute at most, so that a busy page costs no write for each request. */
const SEEN_AGAIN_AFTER_SECONDS = 60

/** The id of a session, which is the secret in its cookie: 256 bits. */
export const newSessionId = () => randomBytes(32).toString('base64url')

/** What stands in the database for a session's id. */
export const sessionDigest = (id: string) => createHash('sha256').update(id).digest('hex')

/**
 * express-session's store. It reads, touches and deletes rows, but never creates one: only openSession() does, in the transaction of
 * the login. So a slow request cannot bring back a session that a logout has ended (connect-pg-simple and prisma-session-store can).
 * The id is stored as its SHA-256. The person is in columns, so that all sessions of one person can be ended at once.
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
    this.#database.pool
      .query('update sessions set last_seen_at = now() where id = $1', [sessionDigest(id)])
      .then(() => done(), done)
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}) {
    this.#database.pool
      .query('delete from sessions where id = $1', [sessionDigest(id)])
      .then(() => done(), done)
  }

  async #find(id: string): Promise<session.SessionData | null> {
    const { rows } = await this.#database.pool.query<{ person: SessionPerson; isJustSeen: boolean }>({
      name: 'session-find',
      text: `select json_strip_nulls(json_build_object('kind', case when staff_id is null then 'customer' else 'staff' end,
                 'id', coalesce(staff_id::text, customer_id), 'resellerId', reseller_id, 'loginAsId', login_as_id)) as person,
               last_seen_at > now() - make_interval(secs => $4) as "isJustSeen"
             from sessions
             where id = $1 and ended_at is null and expires_at > now() and last_seen_at > now() - make_interval(mins => $2)
               and (staff_id is not null) = $3`,
      values: [
        sessionDigest(id),
        LIMITS[this.#kind].idleMinutesMax,
        this.#kind === 'staff',
        SEEN_AGAIN_AFTER_SECONDS,
      ],
    })
    const [row] = rows
    if (!row) return null
    return { cookie: { originalMaxAge: null } as session.Cookie, ...row }
  }
}
