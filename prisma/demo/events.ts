import { customersExported } from '../../src/customers/events.ts'
import { customerPasswordSet } from '../../src/people/events.ts'
import { customerLoggedIn, staffLoggedIn, staffLoggedOut, staffLoginFailed } from '../../src/people/events.ts'
import { customerTagged } from '../../src/tags/events.ts'
import { auditRow } from '../../src/events/record.ts'
import type { Chance } from './chance.ts'
import type { DemoHouse } from './house.ts'
import { atWork, between, type DemoCustomer, type Home } from './people.ts'
import { customerCreated } from '../../src/customers/create.ts'
import { customerSuspended } from '../../src/customers/turn-off.ts'
import { customerVerified } from '../../src/customers/verify.ts'
import { customerRegistered } from '../../src/invites/register.ts'

type Row = ReturnType<typeof auditRow>

/** What the audit log has to tell about customers, beside money: how they came, were tagged and turned off. */
export function eventsAboutCustomers(
  chance: Chance,
  house: DemoHouse,
  customers: readonly DemoCustomer[],
  {
    tagsOf,
    invitedBy,
  }: { tagsOf: ReadonlyMap<string, readonly string[]>; invitedBy: ReadonlyMap<string, string> },
): Row[] {
  const teamNames = new Map(customers.flatMap(({ team }) => (team ? [[team.id, team.name]] : [])))
  return customers.flatMap(({ row }) => {
    const { id, email, registeredAt } = row
    const about = { customer: { id } }
    const themselves = (at: Date) => ({ ...house.system(at), kind: 'customer', id, name: email }) as const
    const made = { ...about, email, team: teamNames.get(row.teamId) ?? '', teamId: row.teamId }
    const rows: Row[] = [
      row.inviteId
        ? auditRow(themselves(registeredAt), customerRegistered, {
            ...made,
            invite: row.inviteId,
            invitedBy: invitedBy.get(row.inviteId) ?? '',
            tags: [],
          })
        : auditRow(house.staff('admin', registeredAt), customerCreated, made),
    ]
    if (row.emailVerifiedAt) {
      const at = row.emailVerifiedAt as Date
      if (!row.inviteId) rows.push(auditRow(themselves(at), customerPasswordSet, { ...about, email }))
      rows.push(auditRow(themselves(at), customerVerified, { ...about, email }))
    }
    if (row.lastLoginAt) rows.push(auditRow(themselves(row.lastLoginAt as Date), customerLoggedIn, about))
    const tags = tagsOf.get(id) ?? []
    if (tags.length > 0) {
      const at = new Date(registeredAt.getTime() + chance.whole(1, 600) * 60_000)
      rows.push(auditRow(house.staff('support', at), customerTagged, { ...about, added: tags, removed: [] }))
    }
    if (row.state === 'OFF') {
      const { stateReason: reason = '', stateMessage: message = '', stateChangedAt } = row
      const by = house.staff('admin', stateChangedAt as Date)
      rows.push(auditRow(by, customerSuspended, { ...about, reason: reason ?? '', message: message ?? '' }))
    }
    return rows
  })
}

/** Logins and exports of the last month, as staff leave them. */
export function eventsOfStaff(
  house: DemoHouse,
  { chance, now, home }: { chance: Chance; now: Date; home: Home },
): Row[] {
  const rows: Row[] = []
  for (let day = 30; day >= 1; day--) {
    for (const role of ['owner', 'admin', 'finance', 'support', 'auditor'] as const) {
      if (!chance.happens(role === 'finance' || role === 'support' ? 0.7 : 0.3)) continue
      const at = atWork({ chance, now, home }, day)
      const who = house.staff(role, at)
      if (chance.happens(0.06)) {
        const before = new Date(at.getTime() - 20_000)
        const nobody = { ...who, at: before, kind: 'visitor', id: null, name: 'visitor' } as const
        rows.push(auditRow(nobody, staffLoginFailed, { email: who.name, why: 'wrong_password' }))
      }
      rows.push(auditRow(who, staffLoggedIn, {}))
      if (chance.happens(0.5)) {
        const end = between(chance, at, new Date(Math.min(at.getTime() + 5 * 60 * 60_000, now.getTime())))
        rows.push(auditRow({ ...who, at: end }, staffLoggedOut, {}))
      }
      if (role === 'auditor' && chance.happens(0.4)) {
        const later = new Date(at.getTime() + 4 * 60_000)
        rows.push(auditRow({ ...who, at: later }, customersExported, { query: '' }))
      }
    }
  }
  return rows
}
