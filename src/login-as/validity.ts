import { type Database, transaction } from '../database/client.ts'
import type { LoginAsEnd, LoginAsMode, State } from '../generated/prisma/client.ts'
import type { Permission } from '../people/permissions.ts'
import { PROOF_MINUTES } from '../people/proof.ts'
import { type RequiredFactorRow, lacksFactor, requiredFactorSql } from '../people/required-factor.ts'
import { absoluteEndSql, idleEndSql } from '../people/session-limits.ts'
import { endLoginAsSessions } from './end.ts'
import { LOGIN_AS_IDLE_MINUTES_MAX, permissionFor } from './login-as.ts'

/** A login-as session as a request in the console needs to know it. */
export interface CurrentLoginAs {
  id: string
  resellerId: string
  customerId: string
  mode: LoginAsMode
  portalSession: string
  /** Whether who is logged in proved lately who they are, see people/proof.ts. */
  isProven: boolean
  expiresAt: Date
  lastSeenAt: Date
  staff: { id: string; email: string; name: string; roleId: string }
}

interface Row extends CurrentLoginAs {
  codeExpiresAt: Date
  enteredAt: Date | null
  staffState: State
  permissions: Permission[]
  requiredFactor: RequiredFactorRow | null
  customerState: State
  /** Null where there is no such portal session any more. */
  portalExpiresAt: Date | null
  portalIdleEndsAt: Date | null
  now: Date
}

/** A login-as session that has not ended, with everything that it hangs on. */
const OPEN_SESSION = `
  select l.id, l.reseller_id as "resellerId", l.customer_id as "customerId", l.mode, l.portal_session as "portalSession",
         l.code_expires_at as "codeExpiresAt", l.entered_at as "enteredAt", l.expires_at as "expiresAt", l.last_seen_at as "lastSeenAt",
         json_build_object('id', s.id, 'email', s.email, 'name', s.name, 'roleId', s.role_id) as staff, s.state as "staffState",
         r.permissions, ${requiredFactorSql('s', 'r', 't')} as "requiredFactor",
         c.state as "customerState", ${absoluteEndSql('staff', 'p', 't')} as "portalExpiresAt",
         ${idleEndSql('staff', 'p', 't')} as "portalIdleEndsAt", now() as now,
         coalesce(p.proved_at > now() - make_interval(mins => ${PROOF_MINUTES}), false) as "isProven"
  from login_as l
  join staff s on s.reseller_id = $1 and s.id = l.staff_id
  join roles r on r.reseller_id = $1 and r.id = s.role_id
  join resellers t on t.id = $1
  join customers c on c.reseller_id = $1 and c.id = l.customer_id
  left join sessions p on p.id = l.portal_session and p.reseller_id = $1 and p.staff_id = l.staff_id and p.ended_at is null
  where l.reseller_id = $1 and l.id = $2 and l.ended_at is null`

/**
 * The login-as session of a console session if it still holds, asked again on every request: the staff member is ON, has the permission and lacks no
 * required factor, the
 * portal session that began it lives, the customer is not OFF (Admin Login), the time is not up. One that no longer holds is ended
 * here, with its reason, and null comes back.
 */
export async function maybeCurrentLoginAs(
  database: Database,
  { resellerId, id }: { resellerId: string; id: string },
): Promise<CurrentLoginAs | null> {
  const { rows } = await database.pool.query<Row>({
    name: 'login-as-current',
    text: OPEN_SESSION,
    values: [resellerId, id],
  })
  const [row] = rows
  if (!row) return null
  const over = endOf(row)
  if (over) {
    await endRow(database, row, over)
    return null
  }
  return row
}

/**
 * Ends every login-as session, of all resellers, that no longer holds and that no request has asked after: those whose time is up, that were idle,
 * never entered, or whose portal session ran out. So log and customer know within a minute. Safe in several processes at once.
 */
export async function endOverdueLoginAs({ database }: { database: Database }) {
  const { rows } = await database.pool.query<{ resellerId: string; id: string }>(
    'select reseller_id as "resellerId", id from login_as where ended_at is null order by created_at',
  )
  for (const open of rows) await maybeCurrentLoginAs(database, open)
}

/** When a login-as session ends in which nothing was done since. */
export const idleEndOf = (lastSeenAt: Date) =>
  new Date(lastSeenAt.getTime() + LOGIN_AS_IDLE_MINUTES_MAX * 60_000)

interface Over {
  by: LoginAsEnd
  /** When it was over, where that was before now. */
  at?: Date
}

/** Why a login-as session is over, or null. What ran out first comes first: it was over then, whatever has happened since. */
function endOf(row: Row): Over | null {
  const [ranOut] = limitsOf(row)
    .filter(({ at }) => at <= row.now)
    .sort((one, other) => one.at.getTime() - other.at.getTime())
  if (ranOut) return ranOut
  // A logout, as every other end of the portal session, ends the login-as session with it: what is missing here ran out and was removed.
  if (!row.portalExpiresAt) return { by: 'session_gone' }
  if (row.staffState === 'OFF') return { by: 'staff_off' }
  if (!row.permissions.includes(permissionFor(row.mode))) return { by: 'permission_lost' }
  if (lacksFactor(row)) return { by: 'factor_required' }
  return row.mode === 'admin' && row.customerState === 'OFF' ? { by: 'customer_off' } : null
}

function limitsOf(row: Row): Required<Over>[] {
  const limits: Required<Over>[] = []
  if (row.portalExpiresAt) limits.push({ by: 'session_expired', at: row.portalExpiresAt })
  if (row.portalIdleEndsAt) limits.push({ by: 'session_idle', at: row.portalIdleEndsAt })
  if (!row.enteredAt) return [...limits, { by: 'never_entered', at: row.codeExpiresAt }]
  return [...limits, { by: 'time_up', at: row.expiresAt }, { by: 'idle', at: idleEndOf(row.lastSeenAt) }]
}

/** What ran out is ended only as it was seen: one that was entered or used in this very moment goes on. */
async function endRow(database: Database, { resellerId, id, lastSeenAt }: Row, { by, at }: Over) {
  const asSeen = by === 'idle' || by === 'never_entered' ? { lastSeenAt } : {}
  await transaction({ database }, (db) =>
    endLoginAsSessions(db, { resellerId, id, ...asSeen }, by, at && { at }),
  )
}
