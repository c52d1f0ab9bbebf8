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
  secret: Secret
}

/** Of the authenticator app that a login asks for; null without one. */
type Secret = string | null

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
  secret: Secret
}

export type Person = Employee | Client

/** One session, as the browser that has it and the database know it. */
export interface Held {
  digest: string
  person: Person
  /** The login-as session that it belongs to, where a staff member sits in a customer's console. */
  loginAs: LoginAsSession | null
  isAlive: boolean
}

export interface LoginAsSession {
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
  readonly loginAsSessions: LoginAsSession[] = []

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
    this.endLoginAs(({ portal }) => portal === held)
  }

  /** Every session of a person's own; staff who sit in a customer's console are left. */
  endSessionsOf(person: Person) {
    for (const held of this.sessions) {
      if (held.isAlive && held.person === person && !held.loginAs) this.end(held)
    }
  }

  endLoginAs(fits: (loginAs: LoginAsSession) => boolean) {
    for (const loginAs of this.loginAsSessions) {
      if (!loginAs.isOpen || !fits(loginAs)) continue
      loginAs.isOpen = false
      for (const held of this.sessions) if (held.loginAs === loginAs) held.isAlive = false
    }
  }

  /** The code of a login-as session is redeemed: any other that this browser was in is over. */
  redeem(tab: Tab, loginAs: LoginAsSession, digest: string) {
    this.endLoginAs((other) => other !== loginAs && other.isEntered && other.portal === loginAs.portal)
    if (tab.console?.loginAs) this.endLoginAs((other) => other === tab.console?.loginAs)
    loginAs.isEntered = true
    this.enter(tab, { digest, person: loginAs.customer, loginAs })
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
      this.endLoginAs(({ customer, mode }) => customer === person && mode === 'admin')
    }
  }

  /** All second factors are taken away: whoever was in by them is out. */
  resetFactors(person: Person) {
    person.secret = null
    this.endSessionsOf(person)
  }

  giveRole(employee: Employee, role: RoleId) {
    employee.role = role
    this.endLoginAs(({ staff, mode }) => staff === employee && !this.mayEnter(employee, mode))
  }

  /** Everything that an action on this person may reach: the person, and the tabs where they or staff in their console sit. */
  reachOf(person: Person): unknown[] {
    const isOf = (held: Held | null) =>
      this.alive(held) &&
      (held.person === person || held.loginAs?.staff === person || held.loginAs?.customer === person)
    const asking = this.loginAsSessions.filter(
      ({ isOpen, staff, customer }) => isOpen && (staff === person || customer === person),
    )
    const tabs = this.tabs.filter(
      ({ portal, console }) =>
        isOf(portal) || isOf(console) || asking.some((loginAs) => loginAs.portal === portal),
    )
    return [person, ...tabs]
  }

  /** Everything that an action in this tab may reach. */
  reachOfTab(tab: Tab): unknown[] {
    const held = [tab.portal, tab.console].filter((one) => this.alive(one))
    return [tab, ...held.flatMap(({ person, loginAs }) => [person, ...(loginAs ? [loginAs.staff] : [])])]
  }
}
