import { currentTime } from '../database/clock.ts'
import { isId } from '../database/id.ts'
import type { LoginAs } from '../generated/prisma/client.ts'
import type { List } from '../lists/list.ts'
import { readFirst } from '../lists/page.ts'
import { type Actor, may, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import type { SessionsQuery } from './forms.ts'
import { MODES, permissionFor, READS, WAYS_OUT } from './login-as.ts'
import { type Span, spanOf, stoppedBy } from './span.ts'

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

/** Whether the actor reads the audit log, or logs in as a customer and so has sessions of their own to see. */
export const seesLoginAsSessions = (actor: Actor) =>
  may(actor, 'audit.see') || MODES.some((mode) => may(actor, permissionFor(mode)))

/** Refuses, 403, who may neither read the audit log nor log in as a customer. */
export function mustSeeLoginAsSessions(actor: Actor) {
  if (!seesLoginAsSessions(actor)) mustBeAllowed(actor, 'audit.see')
}

/** Whether the actor may end this login-as session: everybody their own; those who may log in with full rights and read the log, anybody's. */
export const mayEnd = (actor: Actor, { staff }: Pick<LoginAsSession, 'staff'>) =>
  staff.id === actor.id || (may(actor, 'login.admin') && may(actor, 'audit.see'))

/** The login-as sessions, the latest first. Who may read the audit log sees all of the reseller's, others their own. */
export const loginAsSessions = {
  may: mustSeeLoginAsSessions,
  size: 50,
  table: 'login_as',
  where: ({ of, bind }) => (of.id === undefined ? [] : [`hit.id = ${bind(of.id)}::uuid`]),
  visible: ({ actor, bind }) => (may(actor, 'audit.see') ? [] : [`hit.staff_id = ${bind(actor.id)}::uuid`]),
  // Ids are UUIDv7 and made when it was asked for, so they are in the order of time.
  order: { by: [{ column: 'id', field: 'id', kind: 'id' }] },
  filters: {
    customer: {
      fits: (id, { bind }) => `hit.customer_id = ${bind(id.toUpperCase())}`,
      isIndexed: () => true,
    },
    staff: { fits: (id, { bind }) => `hit.staff_id = ${bind(id)}::uuid`, isIndexed: () => true },
  },
  selected: `
    hit.id, hit.mode, hit.reason, hit.created_at as "createdAt", hit.entered_at as "enteredAt", hit.code_expires_at as "codeExpiresAt",
    hit.expires_at as "expiresAt", hit.last_seen_at as "lastSeenAt", hit.ended_at as "endedAt", hit.ended_by as "endedBy",
    ${stoppedBy('hit')} as "stoppedBy", host(hit.ip) as ip, hit.user_agent as "userAgent",
    json_build_object('id', s.id, 'name', s.name, 'email', s.email) as staff,
    json_build_object('id', c.id, 'email', c.email, 'name', c.name) as customer, counted.*`,
  joins: ({ bind }) => `
    join staff s on s.reseller_id = $1 and s.id = hit.staff_id
    join customers c on c.reseller_id = $1 and c.id = hit.customer_id
    cross join lateral (
      select count(*) filter (where reads and not is_file)::int as pages,
             count(*) filter (where is_file and status < 400)::int as files,
             count(*) filter (where not reads and status < 400 and path <> all (${bind([...WAYS_OUT])}))::int as writes,
             count(*) filter (where status = 403)::int as refusals
      from (
        select lower(path) as path, status, method = any (${bind(READS)}) as reads,
               method = 'GET' and lower(path) ~ '[.](csv|pdf)$' as is_file
        from login_as_events e where e.reseller_id = $1 and e.login_as_id = hit.id
      ) e
    ) counted`,
  toRow: ({ codeExpiresAt, expiresAt, lastSeenAt, ...row }) => {
    const span = spanOf({ ...row, codeExpiresAt, expiresAt, lastSeenAt })
    const end = span.isOver ? span.until : currentTime()
    const seconds = row.enteredAt && Math.max(0, (end.getTime() - row.enteredAt.getTime()) / 1000)
    return { ...row, ...span, seconds }
  },
} as const satisfies List<SessionsQuery, LoginAsSession, SessionRow, { id?: string }>

type SessionRow = Omit<LoginAsSession, keyof Span | 'seconds'> &
  Pick<LoginAs, 'codeExpiresAt' | 'expiresAt' | 'lastSeenAt'>

/** The login-as session of this id. @throws 404 for one that this actor may not see, as for one that never was */
export async function findLoginAsSession(actor: Actor, id: unknown): Promise<LoginAsSession> {
  const query = { staff: '', customer: '', after: '', before: '' }
  const [loginAs] = isId(id) ? await readFirst(loginAsSessions, { actor, of: { id }, query }, 1) : []
  if (!loginAs) throw new Refusal(404, t('Login-as session not found.'))
  return loginAs
}
