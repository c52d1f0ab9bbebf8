import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { auditRow } from '../../src/audit/record.ts'
import type { LoginAsEnd, LoginAsMode, Prisma } from '../../src/generated/prisma/client.ts'
import { LOGIN_AS_IDLE_MINUTES_MAX, LOGIN_AS_MINUTES_MAX } from '../../src/login-as/login-as.ts'
import { paths } from '../../src/paths.ts'
import type { Chance } from './chance.ts'
import type { DemoHouse } from './house.ts'
import { atWork, type DemoCustomer, type Home } from './people.ts'
import { REASONS_FOR_STAYS } from './words.ts'

interface Told {
  stays: Prisma.LoginAsCreateManyInput[]
  events: Prisma.LoginAsEventCreateManyInput[]
  deeds: ReturnType<typeof auditRow>[]
}

/** Who was in whose console: the customer's place among the demo's, how many days ago, and how it ended. */
const STAYS: readonly [
  place: number,
  daysAgo: number,
  role: 'admin' | 'support' | 'owner',
  mode: LoginAsMode,
  end: LoginAsEnd,
][] = [
  [0, 2, 'support', 'readonly', 'exit'],
  [0, 2, 'admin', 'admin', 'exit'],
  [0, 19, 'support', 'readonly', 'idle'],
  [0, 71, 'owner', 'admin', 'staff_logout'],
  [1, 5, 'support', 'readonly', 'exit'],
  [1, 33, 'admin', 'readonly', 'time_up'],
  [2, 8, 'support', 'readonly', 'exit'],
  [3, 1, 'support', 'readonly', 'exit'],
  [6, 12, 'admin', 'admin', 'replaced'],
  [9, 15, 'admin', 'readonly', 'never_entered'],
]

const PAGES = [
  paths.console(),
  paths.consoleBilling(),
  paths.consoleProfile(),
  paths.consoleBillingProfile(),
  paths.consoleSecurity(),
]

/** Logins as a customer that are over, with the pages that were looked at and what was refused, and their rows in the audit log. */
export function tellStays(
  setting: { chance: Chance; now: Date; home: Home },
  house: DemoHouse,
  customers: readonly DemoCustomer[],
): Told {
  const told: Told = { stays: [], events: [], deeds: [] }
  for (const [place, daysAgo, role, mode, end] of STAYS) {
    const customer = customers[place]?.row
    const at = atWork(setting, daysAgo)
    if (customer) tellStay(setting.chance, { house, customer, at, role, mode, end }, told)
  }
  return told
}

interface Stay {
  house: DemoHouse
  customer: DemoCustomer['row']
  at: Date
  role: 'admin' | 'support' | 'owner'
  mode: LoginAsMode
  end: LoginAsEnd
}

function tellStay(
  chance: Chance,
  { house, customer, at, role, mode, end }: Stay,
  { stays, events, deeds }: Told,
) {
  const { resellerId, id: customerId } = customer
  const staff = house.staff(role, at)
  const id = uuidv7({ msecs: at.getTime() })
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1000)
  const isEntered = end !== 'never_entered'
  const steps = isEntered ? chance.whole(3, 9) : 0
  let seconds = 4
  for (let step = 0; step < steps; step++) {
    const isRefused = mode === 'readonly' && step === 2 && chance.happens(0.5)
    events.push({
      resellerId,
      id: uuidv7({ msecs: later(seconds).getTime() }),
      loginAsId: id,
      at: later(seconds),
      method: isRefused ? 'POST' : 'GET',
      path: isRefused ? paths.consoleProfile() : (PAGES[step % PAGES.length] as string),
      status: isRefused ? 403 : 200,
    })
    seconds += chance.whole(6, 120)
  }
  const lastSeenAt = later(isEntered ? seconds : 0)
  const endedAt = later(endOf(end, seconds))
  const reason = chance.one(REASONS_FOR_STAYS)
  stays.push({
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
    ip: staff.ip,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  })
  const about = { customer: { id: customerId }, mode, loginAs: id }
  deeds.push(
    auditRow(staff, 'login_as.started', { ...about, reason }),
    auditRow({ ...staff, at: endedAt, standsInFor: customerId }, 'login_as.ended', { ...about, by: end }),
  )
}

/** When it was over, in seconds after it was asked for. */
function endOf(end: LoginAsEnd, lastSeen: number): number {
  if (end === 'never_entered') return 60
  if (end === 'time_up') return LOGIN_AS_MINUTES_MAX * 60
  return end === 'idle' ? lastSeen + LOGIN_AS_IDLE_MINUTES_MAX * 60 : lastSeen + 5
}

/** Of nothing that anybody has: these sessions and codes never were. */
const digest = (of: string) => createHash('sha256').update(of).digest('hex')
