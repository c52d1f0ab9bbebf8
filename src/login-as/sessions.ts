import type { z } from 'zod'
import { currentTime } from '../database/clock.ts'
import { maybeCount } from '../database/counted.ts'
import { isId } from '../database/id.ts'
import { type From, type KeysetPage, readPage } from '../database/keyset.ts'
import type { LoginAs } from '../generated/prisma/client.ts'
import { type Actor, may, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import type { SessionsQuery } from './forms.ts'
import { MODES, permissionFor, READS, WAYS_OUT } from './login-as.ts'
import { type Span, spanOf, STOPPED_BY } from './span.ts'

/** A login-as session as staff see it, afterwards or while it lasts. */
export interface LoginAsSession
  extends
    Pick<
      LoginAs,
      'id' | 'mode' | 'reason' | 'createdAt' | 'enteredAt' | 'endedAt' | 'endedBy' | 'ip' | 'userAgent'
    >,
    Span {
  staff: { id: string; name: string; email: string }
  customer: { id: string; email: string; name: string }
  /** The name of the person who ended it from the portal, if that is how it ended. */
  stoppedBy: string | null
  /** How long somebody was in, up to now where it lasts; null where it was never entered. */
  seconds: number | null
  /** How many pages were asked for, files taken, forms accepted (the ways out are none), and requests refused. */
  pages: number
  files: number
  writes: number
  refusals: number
}

const ROWS_IN_A_PAGE = 50

/** Refuses, 403, who may neither read the audit log nor log in as a customer. */
export function mustSeeLoginAsSessions(actor: Actor) {
  if (!MODES.some((mode) => may(actor, permissionFor(mode)))) mustBeAllowed(actor, 'audit.see')
}

/** Whether the actor may end this login-as session: everybody their own; those who may log in with full rights and read the log, anybody's. */
export const mayEnd = (actor: Actor, { staff }: Pick<LoginAsSession, 'staff'>) =>
  staff.id === actor.id || (may(actor, 'login.admin') && may(actor, 'audit.see'))

/** A page of the login-as sessions, the latest first. Who may read the audit log sees all of the reseller's, others their own. */
export function listLoginAsSessions(
  actor: Actor,
  query: z.output<typeof SessionsQuery>,
): Promise<KeysetPage<LoginAsSession>> {
  return readPage(query, {
    size: ROWS_IN_A_PAGE,
    cursorOf: ({ id }) => [id],
    isCursor: ([id]) => isId(id),
    find: (part) => readSessions(actor, { ...query, ...part }),
  })
}

/** The login-as session of this id. @throws 404 for one that this actor may not see, as for one that never was */
export async function findLoginAsSession(actor: Actor, id: unknown): Promise<LoginAsSession> {
  const [loginAs] = isId(id) ? await readSessions(actor, { id, limit: 1 }) : []
  if (!loginAs) throw new Refusal(404, t('Login-as session not found.'))
  return loginAs
}

interface Which extends Partial<From> {
  id?: string
  staff?: string
  customer?: string
  limit: number
}

async function readSessions(
  actor: Actor,
  { id, staff, customer, cursor, backwards, limit }: Which,
): Promise<LoginAsSession[]> {
  mustSeeLoginAsSessions(actor)
  const { values, bind, conditions } = filterOf(actor, { staff, customer })
  if (id) conditions.push(`id = ${bind(id)}::uuid`)
  // Ids are UUIDv7 and made when it was asked for, so they are in the order of time.
  if (cursor) conditions.push(`id ${backwards ? '>' : '<'} ${bind(cursor[0])}::uuid`)
  const order = backwards ? 'asc' : 'desc'
  const { rows } = await actor.database.pool.query<Row>(
    `select l.id, l.mode, l.reason, l.created_at as "createdAt", l.entered_at as "enteredAt", l.code_expires_at as "codeExpiresAt",
            l.expires_at as "expiresAt", l.last_seen_at as "lastSeenAt", l.ended_at as "endedAt", l.ended_by as "endedBy",
            ${STOPPED_BY} as "stoppedBy", host(l.ip) as ip, l.user_agent as "userAgent",
            json_build_object('id', s.id, 'name', s.name, 'email', s.email) as staff,
            json_build_object('id', c.id, 'email', c.email, 'name', c.name) as customer, counted.*
     from (select * from login_as where ${conditions.join(' and ')} order by id ${order} limit ${bind(limit)}) l
     join staff s on s.reseller_id = $1 and s.id = l.staff_id
     join customers c on c.reseller_id = $1 and c.id = l.customer_id
     cross join lateral (
       select count(*) filter (where reads and not is_file)::int as pages,
              count(*) filter (where is_file and status < 400)::int as files,
              count(*) filter (where not reads and status < 400 and path <> all (${bind([...WAYS_OUT])}))::int as writes,
              count(*) filter (where status = 403)::int as refusals
       from (
         select lower(path) as path, status, method = any (${bind(READS)}) as reads,
                method = 'GET' and lower(path) ~ '[.](csv|pdf)$' as is_file
         from login_as_events e where e.reseller_id = $1 and e.login_as_id = l.id
       ) e
     ) counted
     order by l.id ${order}`,
    values,
  )
  return rows.map(toSession)
}

type Row = Omit<LoginAsSession, keyof Span | 'seconds'> &
  Pick<LoginAs, 'codeExpiresAt' | 'expiresAt' | 'lastSeenAt'>

function toSession({ codeExpiresAt, expiresAt, lastSeenAt, ...row }: Row): LoginAsSession {
  const span = spanOf({ ...row, codeExpiresAt, expiresAt, lastSeenAt })
  const end = span.isOver ? span.until : currentTime()
  const seconds = row.enteredAt && Math.max(0, (end.getTime() - row.enteredAt.getTime()) / 1000)
  return { ...row, ...span, seconds }
}

function filterOf(actor: Actor, { staff, customer }: { staff?: string; customer?: string }) {
  const values: unknown[] = [actor.reseller.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = ['reseller_id = $1']
  if (!may(actor, 'audit.see')) conditions.push(`staff_id = ${bind(actor.id)}::uuid`)
  if (staff) conditions.push(`staff_id = ${bind(staff)}::uuid`)
  if (customer) conditions.push(`customer_id = ${bind(customer.toUpperCase())}`)
  return { values, bind, conditions }
}

/** How many login-as sessions fit, on all pages: see maybeCount(). */
export function maybeCountLoginAsSessions(
  actor: Actor,
  filter: { staff?: string; customer?: string },
): Promise<number | null> {
  mustSeeLoginAsSessions(actor)
  const { values, conditions } = filterOf(actor, filter)
  const text = `select from login_as where ${conditions.join(' and ')}`
  return maybeCount(actor, { text, values }, { isSearch: Boolean(filter.staff && filter.customer) })
}
