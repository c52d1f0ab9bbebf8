import { type Database, transaction } from '../database/client.ts'
import type { LoginAsEnd, LoginAsMode, State } from '../generated/prisma/client.ts'
import type { Permission } from '../staff/permissions.ts'
import { STAFF_LIMITS } from '../sessions/store.ts'
import { LOGIN_AS_IDLE_MINUTES_MAX, endLoginAs } from './login-as.ts'

/** A stay as a request in the console needs to know it. */
export interface Presence {
  id: string
  resellerId: string
  customerId: string
  mode: LoginAsMode
  expiresAt: Date
  lastSeenAt: Date
  staff: { id: string; email: string; name: string; roleId: string }
}

interface Row {
  id: string
  reseller_id: string
  customer_id: string
  mode: LoginAsMode
  expires_at: Date
  last_seen_at: Date
  ended_at: Date | null
  staff_id: string
  email: string
  name: string
  role_id: string
  staff_state: State
  permissions: Permission[]
  customer_state: State
  portal_alive: boolean
}

/**
 * The stay of a console session if it still holds, asked anew on every request: the staff member is ON and has the permission, the
 * portal session that began it lives, the customer is not OFF (Admin Login), the time is not up. One that no longer holds is ended
 * here, with its reason, and null comes back.
 */
export async function presenceOf(
  database: Database,
  { resellerId, id }: { resellerId: string; id: string },
): Promise<Presence | null> {
  const { rows } = await database.pool.query<Row>({
    name: 'login-as-presence',
    text: `
      select l.id, l.reseller_id, l.customer_id, l.mode, l.expires_at, l.last_seen_at, l.ended_at,
             s.id as staff_id, s.email, s.name, s.role_id, s.state as staff_state, r.permissions, c.state as customer_state,
             exists (select from sessions p where p.id = l.portal_session and p.staff_id = l.staff_id and p.expires_at > now()
                       and p.last_seen_at > now() - make_interval(mins => $3)) as portal_alive
      from login_as l
      join staff s on s.reseller_id = l.reseller_id and s.id = l.staff_id
      join roles r on r.reseller_id = s.reseller_id and r.id = s.role_id
      join customers c on c.reseller_id = l.reseller_id and c.id = l.customer_id
      where l.reseller_id = $1 and l.id = $2`,
    values: [resellerId, id, STAFF_LIMITS.idleMinutesMax],
  })
  const [row] = rows
  if (!row || row.ended_at) return null
  const over = endOf(row)
  if (over) {
    await transaction({ database }, (db) => endLoginAs(db, { resellerId, id }, over))
    return null
  }
  return {
    id: row.id,
    resellerId: row.reseller_id,
    customerId: row.customer_id,
    mode: row.mode,
    expiresAt: row.expires_at,
    lastSeenAt: row.last_seen_at,
    staff: { id: row.staff_id, email: row.email, name: row.name, roleId: row.role_id },
  }
}

/**
 * Notes that the stay is in use, and with it the portal session behind it; the half hour is not prolonged. Gives the time that is
 * noted.
 */
export async function noteSeen(
  { pool }: Database,
  { resellerId, id }: Pick<Presence, 'resellerId' | 'id'>,
): Promise<Date> {
  const now = new Date()
  await pool.query(
    `with seen as (
       update login_as set last_seen_at = $3 where reseller_id = $1 and id = $2 and ended_at is null returning portal_session
     )
     update sessions set last_seen_at = $3 from seen where sessions.id = seen.portal_session`,
    [resellerId, id, now],
  )
  return now
}

/** When a stay ends in which nothing was done since. */
export const idleEndOf = (lastSeenAt: Date) =>
  new Date(lastSeenAt.getTime() + LOGIN_AS_IDLE_MINUTES_MAX * 60_000)

function endOf(row: Row): LoginAsEnd | null {
  if (!row.portal_alive) return 'staff_logout'
  if (row.staff_state === 'OFF') return 'staff_off'
  if (!row.permissions.includes(row.mode === 'admin' ? 'login.admin' : 'login.readonly'))
    return 'permission_lost'
  if (row.mode === 'admin' && row.customer_state === 'OFF') return 'customer_off'
  if (row.expires_at.getTime() <= Date.now()) return 'time_up'
  return idleEndOf(row.last_seen_at).getTime() <= Date.now() ? 'idle' : null
}
