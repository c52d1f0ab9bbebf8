import { auditRow } from '../../src/events/record.ts'
import { newId } from '../../src/database/id.ts'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import { DAYS_USUAL } from '../../src/invites/forms.ts'
import type { Chance } from './chance.ts'
import type { DemoHouse } from './house.ts'
import { atWork, DAY_MS, type DemoCustomer, type Home } from './people.ts'
import { INVITED } from './words.ts'
import { inviteMade } from '../../src/invites/create.ts'
import { inviteRevoked } from '../../src/invites/revoke.ts'

type InviteRow = Prisma.InviteCreateManyInput & { id: string; createdAt: Date; uses: number }

interface Planned {
  invites: InviteRow[]
  mails: Prisma.MailCreateManyInput[]
  auditRows: ReturnType<typeof auditRow>[]
  /** How many came through the reseller's own link. */
  ownUses: number
}

interface Setting {
  chance: Chance
  house: DemoHouse
  now: Date
  home: Home
  /** The id of the reseller's own link. */
  ownId: string
  passwordHash: string
}

/**
 * Invites in every state, and who came through them: some of the newest customers are given their invite, and the demo's password,
 * because whoever registers chooses one.
 */
export function planInvites(setting: Setting, customers: readonly DemoCustomer[]): Planned {
  const { chance, house, now, ownId, passwordHash } = setting
  const daysAgo = (days: number) => atWork(setting, days)
  const planned: Planned = { invites: [], mails: [], auditRows: [], ownUses: 0 }
  const newest = customers
    .filter(({ row, team }) => team && !row.passwordHash && row.state !== 'OFF')
    .sort((one, other) => other.row.registeredAt.getTime() - one.row.registeredAt.getTime())
  const come = (customer: DemoCustomer, inviteId: string) =>
    Object.assign(customer.row, { inviteId, registeredVia: 'invite', passwordHash })
  const make = (facts: Partial<InviteRow> & { createdAt: Date }, role: 'owner' | 'admin' = 'admin') => {
    const invite = inviteOf(house, facts, role)
    planned.invites.push(invite)
    const { id, kind, email = null, createdAt } = invite
    const about = { invite: id, kind, email: email ?? '' }
    planned.auditRows.push(auditRow(house.staff(role, createdAt), inviteMade, about))
    if (email) planned.mails.push(mailOf(invite, email, now))
    return invite
  }

  const [own, fair, single] = [newest.slice(0, 5), newest.slice(5, 11), newest.slice(11, 20)]
  for (const customer of own) come(customer, ownId)
  planned.ownUses = own.length

  const first = fair.at(-1)?.row.registeredAt ?? now
  const atFair = make({
    kind: 'reusable',
    createdAt: new Date(first.getTime() - DAY_MS),
    expiresAt: new Date(now.getTime() + 21 * DAY_MS),
    maxUses: 25,
    uses: fair.length,
    tags: ['Startup'],
    credits: 25_00n,
  })
  for (const customer of fair) come(customer, atFair.id)
  for (const customer of single) {
    const daysBefore = Math.ceil((now.getTime() - customer.row.registeredAt.getTime()) / DAY_MS)
    const createdAt = daysAgo(daysBefore + chance.whole(1, 3))
    come(customer, make({ createdAt, uses: 1, email: customer.row.email }).id)
  }

  const [ann, ben, cleo, dan, eli, fay] = INVITED
  make({ createdAt: daysAgo(1), email: ann })
  make({ createdAt: daysAgo(3), email: ben, tags: ['Partner'], credits: 100_00n }, 'owner')
  make({ createdAt: daysAgo(2) })
  make({ createdAt: daysAgo(24), email: cleo })
  make({ createdAt: daysAgo(61), email: dan }, 'owner')
  make({ createdAt: daysAgo(95), kind: 'reusable', maxUses: 10 })
  for (const [days, email] of [
    [5, eli],
    [40, fay],
  ] as const) {
    const createdAt = daysAgo(days)
    const revokedAt = new Date(createdAt.getTime() + chance.whole(20, 400) * 60_000)
    const { id } = make({ createdAt, revokedAt, email })
    planned.auditRows.push(auditRow(house.staff('owner', revokedAt), inviteRevoked, { invite: id, email }))
  }
  return planned
}

function inviteOf(
  { reseller, staff }: DemoHouse,
  facts: Partial<InviteRow> & { createdAt: Date },
  role: 'owner' | 'admin',
): InviteRow {
  const { createdAt, kind = 'single' } = facts
  const maker = staff(role, createdAt)
  return {
    resellerId: reseller.id,
    id: newId(createdAt),
    kind,
    maxUses: kind === 'single' ? 1 : null,
    uses: 0,
    staffId: maker.id,
    staffName: maker.name,
    expiresAt: new Date(createdAt.getTime() + DAYS_USUAL[kind] * DAY_MS),
    ...facts,
  }
}

/** The mail that went to the address. Those of the last days are kept, because the demo sends none; one never arrived. */
function mailOf(
  { resellerId, id, createdAt }: InviteRow,
  toEmail: string,
  now: Date,
): Prisma.MailCreateManyInput {
  return {
    resellerId,
    id: newId(createdAt),
    toEmail,
    template: 'invite',
    values: { inviteId: id, generation: 1 },
    createdAt,
    ...fateOf(toEmail, createdAt, now),
  }
}

function fateOf(toEmail: string, createdAt: Date, now: Date) {
  if (toEmail === INVITED[3]) {
    const lastError = '550 5.1.1 The email account that you tried to reach does not exist'
    return { state: 'failed', attempts: 1, lastError } as const
  }
  if (now.getTime() - createdAt.getTime() < 10 * DAY_MS) return { state: 'kept' } as const
  return { state: 'sent', attempts: 1, sentAt: new Date(createdAt.getTime() + 2_000) } as const
}
