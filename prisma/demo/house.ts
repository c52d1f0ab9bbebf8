import { createStaff } from '../../src/people/staff-address.ts'
import { staffAdded } from '../../src/staff/events.ts'
import { auditRow } from '../../src/events/record.ts'
import type { Transaction } from '../../src/database/client.ts'
import { newId } from '../../src/database/id.ts'
import type { State } from '../../src/generated/prisma/client.ts'
import { createReseller } from '../../src/resellers/create-reseller.ts'
import { type Actor, type ResellerFacts, systemActor } from '../../src/people/actor.ts'
import { ROLES, type RoleId } from '../../src/people/roles.ts'
import { staffSuspended } from '../../src/staff/turn-off.ts'

/** Everybody's password in the demo. */
export const DEMO_PASSWORD = 'demo-password-2026'

interface Member {
  /** The part of the address before the @. */
  account: string
  name: string
  role: RoleId
  state?: State
}

/** The demo's two resellers and who works for them. The first member is the Owner. */
export const HOUSES = {
  northwind: {
    name: 'Northwind Cloud',
    currency: 'USD',
    timeZone: 'America/New_York',
    locale: 'en-US',
    address: 'Northwind Cloud Inc.\n200 Harbor Street\nPortland, ME 04101\nUnited States',
    staff: [
      { account: 'owner', name: 'Rosa Owen', role: 'owner' },
      { account: 'admin', name: 'Marek Hale', role: 'admin' },
      { account: 'finance', name: 'Ines Duarte', role: 'finance' },
      { account: 'support', name: 'Tom Becker', role: 'support' },
      { account: 'auditor', name: 'Yuki Sato', role: 'auditor' },
      { account: 'lena.voss', name: 'Lena Voss', role: 'support', state: 'OFF' },
    ],
  },
  eastgate: {
    name: 'Eastgate',
    currency: 'JPY',
    timeZone: 'Asia/Tokyo',
    locale: 'en-GB',
    address: 'Eastgate K.K.\n2-1-1 Nihonbashi\nChuo, Tokyo 103-0027\nJapan',
    staff: [
      { account: 'owner', name: 'Haruka Ueda', role: 'owner' },
      { account: 'finance', name: 'Ken Mori', role: 'finance' },
    ],
  },
} as const satisfies Record<string, { staff: readonly Member[] } & Record<string, unknown>>

/** Why the one who is OFF was turned off. */
const LEFT = 'Left the company'

export type Slug = keyof typeof HOUSES

/** A reseller with its staff as actors: each can be told when it acted. */
export interface DemoHouse {
  reseller: ResellerFacts
  /** The system there, at a time. */
  system(at: Date): Actor
  /** A staff member who has the role and is ON, at a time. */
  staff(role: RoleId, at: Date): Actor
}

/** Makes a reseller as set-up does, and adds its staff, at a time in the past. */
export async function makeHouse(
  db: Transaction,
  services: Pick<Actor, 'database' | 'queue'>,
  slug: Slug,
  { begunAt, passwordHash }: { begunAt: Date; passwordHash: string },
): Promise<DemoHouse> {
  const { staff, address, ...facts } = HOUSES[slug]
  const members: readonly Member[] = staff
  const [first] = staff
  const emailOf = (account: string) => `${account}@${slug}.example`
  const owner = {
    email: emailOf(first.account),
    name: first.name,
    passwordHash,
  }
  const { reseller, ownerId } = await createReseller(
    db,
    { ...services, at: begunAt },
    { slug, ...facts, owner, noFactors: true },
  )
  await db.reseller.update({
    where: { id: reseller.id },
    data: { address, supportEmail: emailOf('support') },
  })

  const system = (at: Date) => ({ ...systemActor(services, reseller, 'demo'), at })
  const people = new Map<RoleId, Actor>()
  for (const [place, { account, name, role, state = 'ON' }] of members.entries()) {
    const id = place === 0 ? ownerId : newId()
    const email = emailOf(account)
    const actor: Actor = {
      ...system(begunAt),
      kind: 'staff',
      id,
      name: email,
      displayName: name,
      roleId: role,
      permissions: new Set(ROLES[role].permissions),
      ip: `203.0.113.${10 + place}`,
    }
    if (state === 'ON') people.set(role, actor)
    if (place === 0) continue
    const addedAt = new Date(begunAt.getTime() + place * 9 * 60_000)
    const offAt = state === 'OFF' ? new Date(addedAt.getTime() + 200 * 24 * 60 * 60_000) : null
    const member = {
      id,
      resellerId: reseller.id,
      email,
      name,
      roleId: role,
      state,
      ...(offAt && { stateReason: LEFT, stateChangedAt: offAt }),
      createdAt: addedAt,
      passwordHash,
    }
    await createStaff(db, [member])
    const byOwner = { ...(people.get('owner') as Actor), at: addedAt }
    await db.auditRow.createMany({ data: auditRow(byOwner, staffAdded, { email, role }) })
    if (offAt) {
      const about = { email, reason: LEFT }
      await db.auditRow.createMany({ data: auditRow({ ...byOwner, at: offAt }, staffSuspended, about) })
    }
  }
  return {
    reseller,
    system,
    staff: (role, at) => ({ ...((people.get(role) ?? people.get('owner')) as Actor), at }),
  }
}
