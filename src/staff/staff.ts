import { isId } from '../database/id.ts'
import type { Transaction } from '../database/client.ts'
import type { Staff } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { listStaffFactors } from '../people/required-factor.ts'
import type { Permission } from '../people/permissions.ts'
import { maybeStaffAt } from '../people/staff-address.ts'
import type { Services } from '../services.ts'
import { keptAddress } from '../words/email-address.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

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
  passwordMark: true,
} as const

/** Whether somebody can log in: ON, and with a password. A link that was sent and not used yet lets nobody in. */
export const canLogIn = ({ state, passwordMark }: Pick<Staff, 'state' | 'passwordMark'>) =>
  state === 'ON' && passwordMark !== null

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
  const factors = new Map((await listStaffFactors(actor)).map((factor) => [factor.id, factor]))
  return members.map(({ passwordMark, ...member }) => {
    const { hasFactor = false, requiredFrom = null, isDue = false } = factors.get(member.id) ?? {}
    const isLastOwner = owners.length === 1 && owners[0]?.id === member.id
    return {
      ...member,
      hasPassword: passwordMark !== null,
      hasFactor,
      /** From when on the role requires a second factor that this one lacks; null where it is there or none is required. */
      lacksFactorFrom: hasFactor || member.state === 'OFF' ? null : requiredFrom,
      /** Whether that is past: such a one can only set up a second factor. */
      isFactorOverdue: isDue && !hasFactor && member.state === 'ON',
      /** Whether whoever asks may take away all second factors: those of others. */
      canResetFactors: hasFactor && member.state === 'ON' && member.id !== actor.id,
      /** Whether this one can be sent a link to set the first password, see SendStaffLink. */
      canGetLink: member.state === 'ON' && passwordMark === null,
      /** The only Owner who can log in: without this one nobody could manage the reseller. */
      isLastOwner,
      canTurnOn: member.state === 'OFF',
      canTurnOff: member.state === 'ON' && !isLastOwner,
    }
  })
}

/** The staff member of this id. @throws 404 for one of another reseller as for one that never was */
export async function findStaffMember(actor: Actor, id: unknown): Promise<StaffMember> {
  const members = isId(id) ? await listStaff(actor) : []
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
    where: { resellerId, state: 'ON', role: { resellerId, permissions: { has: permission } } },
    select: { id: true, email: true },
    orderBy: { id: 'asc' },
  })
}

/**
 * The staff member whose address was typed on the host.
 *
 * @throws 404 for an address that nobody has
 */
export async function findStaffAt({ database }: Pick<Services, 'database'>, typed: unknown) {
  const email = String(typed)
  const staff = await maybeStaffAt(database, keptAddress(email.trim()))
  if (!staff) throw new Refusal(404, t('No staff member has the address {email}.', { email }))
  return staff
}

/** The ids of the Owners who can log in, as canLogIn() says in SQL, locked. After waiting for the lock, the caller sees who is left. */
export async function lockOwners(db: Transaction, resellerId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id::text from staff where reseller_id = ${resellerId} and role_id = 'owner' and state = 'ON'
      and password_mark is not null
    order by id for update`
  return rows.map(({ id }) => id)
}

/** @throws 409 where this is the only Owner who can log in */
export function mustLeaveOwner(owners: readonly string[], id: string) {
  if (owners.length === 1 && owners[0] === id) {
    throw new Refusal(
      409,
      t(
        'This is the last Owner who can log in. Give the Owner role to another person who is ON and has set a password first.',
      ),
    )
  }
}
