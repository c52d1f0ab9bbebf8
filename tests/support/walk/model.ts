import type { LoginAsMode } from '../../../src/generated/prisma/client.ts'
import type { RoleId } from '../../../src/people/roles.ts'
import type { Visitor } from '../visit.ts'

// A small picture of who is in where: what the walk believes, and holds against what Purser says. It knows the promises only, none of
// the ways in which they are kept.

export interface Employee {
  kind: 'staff'
  id: string
  email: string
  password: string
  isOn: boolean
  role: RoleId
}

export interface Client {
  kind: 'customer'
  id: string
  email: string
  password: string
  isOn: boolean
  /** The registration is completed, so that an Admin Login is possible. */
  isComplete: boolean
  /** Addresses of set-password links, and whether they still work. */
  links: { path: string; isGood: boolean }[]
}

export type Person = Employee | Client

/** One session, as the browser that has it and the database know it. */
export interface Held {
  digest: string
  person: Person
  /** The stay that it belongs to, where a staff member sits in a customer's console. */
  stay: Stay | null
  isAlive: boolean
}

export interface Stay {
  staff: Employee
  customer: Client
  mode: LoginAsMode
  /** The portal session that asked for it. */
  portal: Held
  /** Where the hand-over code leads. */
  entrance: string
  isEntered: boolean
  isOpen: boolean
}

/** A browser: one site for the portal, one for the console. What was in them last, alive or not. */
export interface Tab {
  name: string
  visitor: Visitor
  portal: Held | null
  console: Held | null
}

const MODES: Partial<Record<RoleId, readonly LoginAsMode[]>> = {
  owner: ['readonly', 'admin'],
  admin: ['readonly', 'admin'],
  support: ['readonly'],
}

export class Model {
  readonly employees: Employee[] = []
  readonly clients: Client[] = []
  readonly tabs: Tab[] = []
  readonly sessions: Held[] = []
  readonly stays: Stay[] = []

  mayEnter({ role }: Employee, mode: LoginAsMode): boolean {
    return MODES[role]?.includes(mode) ?? false
  }

  alive(held: Held | null): held is Held {
    return held?.isAlive === true
  }

  /** A person is let in to a tab: whatever was in that site of it is over, with what hung on it. */
  enter(tab: Tab, held: Omit<Held, 'isAlive'>) {
    const site = held.person.kind === 'staff' ? 'portal' : 'console'
    if (this.alive(tab[site])) this.end(tab[site])
    const begun = { ...held, isAlive: true }
    tab[site] = begun
    this.sessions.push(begun)
  }

  end(held: Held) {
    held.isAlive = false
    this.endStays(({ portal }) => portal === held)
  }

  /** Every session of a person's own; staff who sit in a customer's console stay there. */
  endSessionsOf(person: Person) {
    for (const held of this.sessions) {
      if (held.isAlive && held.person === person && !held.stay) this.end(held)
    }
  }

  endStays(fits: (stay: Stay) => boolean) {
    for (const stay of this.stays) {
      if (!stay.isOpen || !fits(stay)) continue
      stay.isOpen = false
      for (const held of this.sessions) if (held.stay === stay) held.isAlive = false
    }
  }

  /** The code of a stay is redeemed: any other that this browser was in is over. */
  redeem(tab: Tab, stay: Stay, digest: string) {
    this.endStays((other) => other !== stay && other.isEntered && other.portal === stay.portal)
    if (tab.console?.stay) this.endStays((other) => other === tab.console?.stay)
    stay.isEntered = true
    this.enter(tab, { digest, person: stay.customer, stay })
  }

  /** A password is set anew, however: links that set one, and sessions, are over. */
  setPassword(person: Person, password: string) {
    person.password = password
    this.endSessionsOf(person)
    if (person.kind === 'customer') this.endLinks(person)
  }

  endLinks(client: Client) {
    for (const link of client.links) link.isGood = false
  }

  turnOff(person: Person) {
    person.isOn = false
    this.endSessionsOf(person)
    if (person.kind === 'customer') {
      this.endLinks(person)
      this.endStays(({ customer, mode }) => customer === person && mode === 'admin')
    }
  }

  giveRole(employee: Employee, role: RoleId) {
    employee.role = role
    this.endStays(({ staff, mode }) => staff === employee && !this.mayEnter(employee, mode))
  }

  /** Everything that an action on this person may reach: the person, and the tabs where they or staff in their console sit. */
  reachOf(person: Person): unknown[] {
    const isOf = (held: Held | null) =>
      this.alive(held) &&
      (held.person === person || held.stay?.staff === person || held.stay?.customer === person)
    const asking = this.stays.filter(
      ({ isOpen, staff, customer }) => isOpen && (staff === person || customer === person),
    )
    const tabs = this.tabs.filter(
      ({ portal, console }) => isOf(portal) || isOf(console) || asking.some((stay) => stay.portal === portal),
    )
    return [person, ...tabs]
  }

  /** Everything that an action in this tab may reach. */
  reachOfTab(tab: Tab): unknown[] {
    const held = [tab.portal, tab.console].filter((one) => this.alive(one))
    return [tab, ...held.flatMap(({ person, stay }) => [person, ...(stay ? [stay.staff] : [])])]
  }
}
