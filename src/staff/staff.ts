import { staffReinstated, staffRoleChanged, staffSuspended } from './events.ts'
import { validate as isUuid } from 'uuid'
import { record } from '../events/record.ts'
import { doneMeanwhile, savedMeanwhile } from '../events/saved-meanwhile.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { endForbiddenLoginAs } from '../login-as/end.ts'
import type { Staff } from '../generated/prisma/client.ts'
import { revokeLinks } from '../people/one-time-link.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { endSessionsOf } from '../people/sessions.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import type { Permission } from '../people/permissions.ts'
import type { RoleId } from '../people/roles.ts'

const SHOWN = {
  id: true,
  email: true,
  name: true,
  roleId: true,
  state: true,
  stateReason: true,
  stateChangedAt: true,
  lastLoginAt: true,
  createdAt: true,
  passwordHash: true,
} as const

/** Whether somebody can log in: ON, and with a password. A link that was sent and not used yet lets nobody in. */
export const canLogIn = ({ state, passwordHash }: Pick<Staff, 'state' | 'passwordHash'>) =>
  state === 'ON' && passwordHash !== null

export type StaffMember = Awaited<ReturnType<typeof listStaff>>[number]

/** Everybody who works for this reseller: those who are ON first, then by name. */
export async function listStaff(actor: Actor) {
  mustBeAllowed(actor, 'reseller.manage')
  const members = await actor.database.prisma.staff.findMany({
    where: { resellerId: actor.reseller.id },
    orderBy: [{ state: 'asc' }, { name: 'asc' }, { id: 'asc' }],
    select: SHOWN,
  })
  const owners = members.filter((member) => member.roleId === 'owner' && canLogIn(member))
  return members.map(({ passwordHash, ...member }) => ({
    ...member,
    hasPassword: passwordHash !== null,
    /** The only Owner who can log in: without this one nobody could manage the reseller. */
    isLastOwner: owners.length === 1 && owners[0]?.id === member.id,
  }))
}

/** The staff member of this id. Throws 404 for one of another reseller as for one that never was. */
export async function findStaffMember(actor: Actor, id: unknown): Promise<StaffMember> {
  const members = typeof id === 'string' && isUuid(id) ? await listStaff(actor) : []
  const member = members.find((one) => one.id === String(id).toLowerCase())
  if (!member) throw new Refusal(404, t('Staff member not found.'))
  return member
}

/** Everybody who is ON and whose role has the permission, for mails. */
export function staffWhoMay(
  db: Transaction,
  resellerId: string,
  permission: Permission,
): Promise<{ id: string; email: string }[]> {
  return db.staff.findMany({
    where: { resellerId, state: 'ON', role: { permissions: { has: permission } } },
    select: { id: true, email: true },
    orderBy: { id: 'asc' },
  })
}

/**
 * Gives a staff member another role, which counts from that person's next request on; logins as customers that the new one does not
 * allow end at once. Says false, and writes nothing, where it is the
 * role already. Refuses, 409, another role than was seen, see savedMeanwhile(), and to leave the reseller
 * without an Owner who can log in. Locks the Owners, so that two who demote each other
 * at once cannot both succeed, then the staff member and the stays.
 */
export function changeRole(
  actor: Actor,
  { id, email }: Pick<StaffMember, 'id' | 'email'>,
  { role, seen }: { role: RoleId; seen?: RoleId | undefined },
): Promise<boolean> {
  mustBeAllowed(actor, 'reseller.manage')
  return transaction(actor, async (db) => {
    const resellerId = actor.reseller.id
    const owners = await lockOwners(db, resellerId)
    const { roleId: from } = await db.staff.findUniqueOrThrow({ where: { id }, select: { roleId: true } })
    if (from === role) return false
    if (seen !== undefined && from !== seen) {
      throw await savedMeanwhile(db, actor, {
        ...{ event: staffRoleChanged, remembers: { email, to: from } },
        ...{ now: { role: from }, wanted: { role }, opened: { role: seen }, seen: { seen: from } },
      })
    }
    mustLeaveOwner(owners, id)
    const { count } = await db.staff.updateMany({
      where: { id, resellerId, roleId: from },
      data: { roleId: role },
    })
    if (count !== 1) throw new Refusal(409, t('Changed by someone else. Check the role, then try again.'))
    const { permissions } = await db.role.findUniqueOrThrow({
      where: { resellerId_id: { resellerId, id: role } },
    })
    await endForbiddenLoginAs(db, { resellerId, staffId: id }, permissions, actor)
    await record(db, actor, staffRoleChanged, { email, from, to: role })
    return true
  })
}

/**
 * Turns a staff member OFF, for a reason that the Owners read: ends the sessions, the logins as customers and the set-password links. Refuses, 409, one who is OFF
 * already, and to leave the reseller without an Owner who can log in. Locks the Owners, then the staff member, sessions and stays.
 */
export function suspendStaff(
  actor: Actor,
  { id, email }: Pick<StaffMember, 'id' | 'email'>,
  { reason }: { reason: string },
) {
  mustBeAllowed(actor, 'reseller.manage')
  return transaction(actor, async (db) => {
    const resellerId = actor.reseller.id
    mustLeaveOwner(await lockOwners(db, resellerId), id)
    const { count } = await db.staff.updateMany({
      where: { id, resellerId, state: 'ON' },
      data: { state: 'OFF', stateReason: reason, stateChangedAt: await databaseTime(db) },
    })
    if (count !== 1) {
      const what = { event: staffSuspended, remembers: { email } }
      throw await doneMeanwhile(db, actor, what, t('{email} is already OFF.', { email }))
    }
    await endSessionsOf(db, { kind: 'staff', id, resellerId }, { stays: 'staff_off', request: actor })
    await revokeLinks(db, { resellerId, person: { staffId: id } })
    await record(db, actor, staffSuspended, { email, reason })
  })
}

/** Turns a staff member ON again; nothing that OFF ended comes back. Refuses, 409, one who is ON already. */
export function reinstateStaff(
  actor: Actor,
  { id, email }: Pick<StaffMember, 'id' | 'email'>,
  { reason }: { reason: string },
) {
  mustBeAllowed(actor, 'reseller.manage')
  return transaction(actor, async (db) => {
    const where = { id, resellerId: actor.reseller.id, state: 'OFF' } as const
    const { count } = await db.staff.updateMany({
      where,
      data: { state: 'ON', stateReason: null, stateChangedAt: await databaseTime(db) },
    })
    if (count !== 1) {
      const what = { event: staffReinstated, remembers: { email } }
      throw await doneMeanwhile(db, actor, what, t('{email} is already ON.', { email }))
    }
    await record(db, actor, staffReinstated, { email, reason })
  })
}

/** The ids of the Owners who can log in, as canLogIn() says in SQL, locked. Whoever waited for the lock sees who is left. */
async function lockOwners(db: Transaction, resellerId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id::text from staff where reseller_id = ${resellerId} and role_id = 'owner' and state = 'ON'
      and password_hash is not null
    order by id for update`
  return rows.map(({ id }) => id)
}

function mustLeaveOwner(owners: readonly string[], id: string) {
  if (owners.length === 1 && owners[0] === id) {
    throw new Refusal(
      409,
      t(
        'This is the last Owner who can log in. Give the Owner role to another person who is ON and has set a password first.',
      ),
    )
  }
}
