import { loginAsEnded, loginAsRefused, loginAsStarted } from '../../src/login-as/events.ts'
import { billingProfileChanged } from '../../src/billing/events.ts'
import { createHash, randomUUID } from 'node:crypto'
import { auditRow } from '../../src/events/record.ts'
import { newId } from '../../src/database/id.ts'
import type { LoginAsEnd, LoginAsMode, Prisma } from '../../src/generated/prisma/client.ts'
import { LOGIN_AS_IDLE_MINUTES_MAX, LOGIN_AS_MINUTES_MAX } from '../../src/login-as/login-as.ts'
import { paths } from '../../src/paths.ts'
import type { Chance } from './chance.ts'
import type { DemoHouse } from './house.ts'
import { atWork, type DemoCustomer, type Home } from './people.ts'

interface Made {
  loginAsSessions: Prisma.LoginAsCreateManyInput[]
  events: Prisma.LoginAsEventCreateManyInput[]
  auditRows: ReturnType<typeof auditRow>[]
}

/** Who was in whose console: the customer's place among the demo's, how many days ago, how it ended, and why it was. */
const LOGIN_AS_SESSIONS: readonly [
  place: number,
  daysAgo: number,
  role: 'admin' | 'support' | 'owner',
  mode: LoginAsMode,
  end: LoginAsEnd,
  reason: string,
][] = [
  [0, 3, 'support', 'readonly', 'exit', 'Ticket 5020: wants the tax ID on the bills corrected'],
  [0, 2, 'admin', 'admin', 'exit', 'Ticket 5020: wants the tax ID on the bills corrected'],
  [0, 19, 'support', 'readonly', 'idle', 'Ticket 4893: asks why the credits changed'],
  [0, 71, 'owner', 'admin', 'staff_logout', 'Asked on the phone to change the billing address'],
  [1, 5, 'support', 'readonly', 'exit', 'Ticket 4987: cannot find a payment'],
  [1, 33, 'admin', 'readonly', 'time_up', 'Ticket 4711: cannot read the statement'],
  [2, 8, 'support', 'readonly', 'exit', 'Checked what was still open before the account is closed'],
  [3, 1, 'support', 'readonly', 'exit', 'Ticket 5034: the verification mail does not come'],
  [6, 12, 'admin', 'admin', 'replaced', 'Ticket 4950: wants another billing e-mail'],
  [9, 15, 'admin', 'readonly', 'never_entered', 'Checked what the statement shows for last month'],
]

const PAGES = [
  paths.console(),
  paths.consoleBilling(),
  paths.consoleProfile(),
  paths.consoleBillingProfile(),
  paths.consoleSecurity(),
]

/** Logins as a customer that are over, with the pages that were looked at and what was refused, and their rows in the audit log. */
export function makeLoginAsSessions(
  setting: { chance: Chance; now: Date; home: Home },
  house: DemoHouse,
  customers: readonly DemoCustomer[],
): Made {
  const made: Made = { loginAsSessions: [], events: [], auditRows: [] }
  for (const [place, daysAgo, role, mode, end, reason] of LOGIN_AS_SESSIONS) {
    const customer = customers[place]
    const at = atWork(setting, daysAgo)
    if (customer) makeLoginAsSession(setting.chance, { house, customer, at, role, mode, end, reason }, made)
  }
  return made
}

interface Session {
  house: DemoHouse
  customer: DemoCustomer
  at: Date
  role: 'admin' | 'support' | 'owner'
  mode: LoginAsMode
  end: LoginAsEnd
  reason: string
}

function makeLoginAsSession(
  chance: Chance,
  { house, customer, at, role, mode, end, reason }: Session,
  { loginAsSessions, events, auditRows }: Made,
) {
  const { resellerId, id: customerId } = customer.row
  const staff = house.staff(role, at)
  const id = newId(at)
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1000)
  const isEntered = end !== 'never_entered'
  const about = { customer: { id: customerId }, mode, loginAs: id }
  const standingIn = (seconds: number, requestId: string | null = null) => ({
    ...staff,
    at: later(seconds),
    standsInFor: customerId,
    requestId,
  })
  // Whoever stayed until the time was up went on looking; half an hour is as long as it goes.
  const isLong = end === 'time_up'
  const steps = isLong ? 7 : chance.whole(3, 9)
  let seconds = 4
  for (let step = 0; isEntered && step < steps; step++) {
    const { method, path, status } = eventAt(step, mode, chance)
    const requestId = randomUUID()
    events.push({
      resellerId,
      id: newId(later(seconds)),
      loginAsId: id,
      seq: step + 1,
      at: later(seconds),
      endedAt: later(seconds),
      requestId,
      method,
      path,
      status,
    })
    if (status === 403)
      auditRows.push(auditRow(standingIn(seconds, requestId), loginAsRefused, { ...about, method, path }))
    if (status === 303) {
      const kind = customer.profile?.kind ?? 'individual'
      const changes = { customer: about.customer, kind, changed: ['taxId'] }
      auditRows.push(auditRow(standingIn(seconds, requestId), billingProfileChanged, changes))
    }
    seconds += isLong ? chance.whole(200, 250) : chance.whole(6, 120)
  }
  const lastSeenAt = later(isEntered ? seconds : 0)
  const endedAt = later(endOf(end, seconds))
  loginAsSessions.push({
    resellerId,
    id,
    customerId,
    staffId: staff.id as string,
    mode,
    reason,
    portalSession: digest(`session ${id}`),
    codeHash: digest(`code ${id}`),
    codeExpiresAt: later(60),
    createdAt: at,
    enteredAt: isEntered ? later(2) : null,
    expiresAt: later(LOGIN_AS_MINUTES_MAX * 60),
    lastSeenAt,
    endedAt,
    endedBy: end,
    requests: isEntered ? steps : 0,
    ip: staff.ip,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  })
  auditRows.push(
    auditRow(staff, loginAsStarted, { ...about, reason }),
    auditRow({ ...standingIn(0), at: endedAt }, loginAsEnded, { ...about, by: end }),
  )
}

/** The pages are looked at one after the other; who only looks may try to save something, who acts for the customer does. */
function eventAt(step: number, mode: LoginAsMode, chance: Chance) {
  const path = PAGES[step % PAGES.length] as string
  if (mode === 'readonly' && step === 2 && chance.happens(0.5)) return { method: 'POST', path, status: 403 }
  if (mode === 'admin' && step === 3) return { method: 'POST', path, status: 303 }
  return { method: 'GET', path, status: 200 }
}

/** When it was over, in seconds after it was asked for. */
function endOf(end: LoginAsEnd, lastSeen: number): number {
  if (end === 'never_entered') return 60
  if (end === 'time_up') return LOGIN_AS_MINUTES_MAX * 60
  return end === 'idle' ? lastSeen + LOGIN_AS_IDLE_MINUTES_MAX * 60 : lastSeen + 5
}

/** Of nothing that anybody has: these sessions and codes never were. */
const digest = (of: string) => createHash('sha256').update(of).digest('hex')
