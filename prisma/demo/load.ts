import type pg from 'pg'
import { connect, type Database, disconnect, type Transaction } from '../../src/database/client.ts'
import { currentTime } from '../../src/database/clock.ts'
import { IN_REAL_USE, holdsAnother } from '../../src/database/installation.ts'
import { newId } from '../../src/database/id.ts'
import { hashPassword } from '../../src/people/password-hash.ts'
import { holdResellers } from '../../src/resellers/create-reseller.ts'
import type { Services } from '../../src/services.ts'
import type { Actor } from '../../src/people/actor.ts'
import { Chance } from './chance.ts'
import { eventsOfStaff, eventsAboutCustomers } from './events.ts'
import { planHistory, type PlannedPosting } from './history.ts'
import { DEMO_PASSWORD, type DemoHouse, makeHouse } from './house.ts'
import { planInvites } from './invites.ts'
import { setDemoLimits } from './limits.ts'
import { makeMails } from './mails.ts'
import { DAY_MS, type DemoCustomer, type Home, KNOWN, makeCustomers } from './people.ts'
import { planSpending } from './spending.ts'
import { makeLoginAsSessions } from './login-as.ts'
import { TAGS } from './words.ts'

/** Loading takes some seconds; on a slow machine it may take minutes. Milliseconds. */
const LOADING_MS_MAX = 10 * 60_000

interface Loading {
  /** Told, in a sentence, about each step that takes a while. */
  onProgress: (sentence: string) => void
  /** The day on which the demo's past ends. */
  now?: Date
  /** Customers of the first reseller, and of the second. */
  counts?: readonly [number, number]
}

/**
 * Loads the demo into an empty database, whole or not at all; leaves one that has it as it is. All money goes through the ledger's own
 * rule, at its time in the past.
 * Refuses, in one sentence, a database that holds anything else.
 */
export async function loadDemo(services: Services, options: Loading): Promise<void> {
  if (await holdsDemo(services.database.prisma)) return
  const own = connect(services.database.pool.options.connectionString ?? '', {
    max: 1,
    keepsPlans: true,
    onError: (err) => services.log.warn({ err }, 'database connection lost'),
  })
  try {
    await loadInto(own, services, options)
  } finally {
    await disconnect(own)
  }
}

/** All in one transaction: a start that is killed meanwhile leaves nothing behind. */
async function loadInto(
  database: Database,
  { queue }: Services,
  { onProgress, now = currentTime(), counts = [250, 24] }: Loading,
) {
  await database.prisma.$transaction(
    async (db) => {
      // The usual limits are for requests: whoever comes second waits here until the first is through.
      await db.$queryRaw`select set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)`
      await holdResellers(db)
      if (await holdsDemo(db)) return
      await mustNotBeInRealUse(db)
      onProgress('Loading the demo; this happens once.')
      const within = { database: inTransaction(db, database), queue }
      const passwordHash = await hashPassword(DEMO_PASSWORD)
      const past = { begunAt: new Date(now.getTime() - 410 * DAY_MS), passwordHash }
      const northwind = await makeHouse(db, within, 'northwind', past)
      const eastgate = await makeHouse(db, within, 'eastgate', past)
      await db.installation.updateMany({ data: { isDemo: true } })
      const known = KNOWN.map((wanted) => ({ ...wanted, passwordHash }))
      const chance = new Chance(2026)
      const [many, few] = counts
      const postings = [
        ...(await fill(db, northwind, { chance, now, home: 'world', unit: 1, passwordHash }, known, many)),
        ...(await fill(db, eastgate, { chance, now, home: 'japan', unit: 100, passwordHash }, [], few)),
      ]
      await db.$executeRaw`
        update staff s set last_login_at = (
          select max(a.at) from audit_rows a where a.actor_id = s.id::text and a.event = 'staff.logged_in'
        )`
      await bookAll(postings, onProgress)
      await setDemoLimits(db, northwind, { now, known: known.map(({ email }) => email ?? '') })
    },
    { timeout: LOADING_MS_MAX, maxWait: 10_000 },
  )
}

/** Holds the installation's row, so that an `npm start` at the same time either comes first or finds the demo. */
async function mustNotBeInRealUse(db: Transaction) {
  const [row] = await db.$queryRaw<{ isDemo: boolean | null }[]>`
    select is_demo as "isDemo" from installation for update`
  if (row?.isDemo === false) throw new Error(IN_REAL_USE)
}

/** Whether the demo is there. Refuses a database that holds another reseller and no demo. */
async function holdsDemo(db: Pick<Transaction, 'reseller' | 'customer' | 'installation'>): Promise<boolean> {
  if ((await db.installation.count({ where: { isDemo: true } })) > 0) return true
  // Loaded by a version that left no mark.
  const customer = await db.customer.findFirst({ where: { registeredVia: 'demo' }, select: { id: true } })
  if (customer) return true
  const other = await db.reseller.findFirst({ select: { name: true } })
  if (!other) return false
  throw new Error(holdsAnother(other.name))
}

/** Rules reach the database through their actor: theirs is this transaction, also for the statements written by hand. */
function inTransaction(db: Transaction, database: Database): Database {
  const query = async ({ text, values }: { text: string; values: unknown[] }) => ({
    rows: await db.$queryRawUnsafe(text, ...values),
  })
  return { ...database, pool: { query } as unknown as pg.Pool }
}

interface Setting {
  chance: Chance
  now: Date
  home: Home
  /** What one unit of the demo's sums is worth in this currency. */
  unit: number
  /** Of everybody's password. */
  passwordHash: string
}

interface Booking {
  planned: PlannedPosting
  house: DemoHouse
  /** Who of the staff, where it was not the system. */
  clerk: 'finance' | 'admin' | 'owner'
}

/** Writes a reseller's customers, tags, mails and audit rows, and gives what is to be booked. */
async function fill(
  db: Transaction,
  house: DemoHouse,
  { chance, now, home, unit, passwordHash }: Setting,
  known: Parameters<typeof makeCustomers>[1],
  count: number,
): Promise<Booking[]> {
  const { reseller } = house
  const { id: resellerId } = reseller
  const customers = makeCustomers({ resellerId, chance, now, home }, known, count)
  const invitedBy =
    known.length > 0
      ? await writeInvites(db, house, customers, { now, home, passwordHash })
      : new Map<string, string>()
  // The link that verified the address is the one by which the password was set.
  for (const { row } of customers) if (row.emailVerifiedAt) row.passwordHash ??= passwordHash
  await writeCustomers(db, resellerId, customers)
  const tagsOf = await writeTags(db, resellerId, chance, customers)
  const { mails, links } = makeMails(chance, customers, now)
  await db.oneTimeLink.createMany({ data: links })
  await db.mail.createMany({ data: mails })
  await db.auditRow.createMany({
    data: [
      ...eventsAboutCustomers(chance, house, customers, { tagsOf, invitedBy }),
      ...eventsOfStaff(house, { chance, now, home }),
    ],
  })
  if (known.length > 0) await writeStays(db, house, customers, { now, home })
  // Chances of its own, so that the rest of the demo is what it was without.
  const spending = { chance: new Chance(2029), now, home, reseller, unit }
  return customers.flatMap((customer) => {
    const history = planHistory(customer, { chance, now, home, reseller, unit })
    return [...history, ...planSpending(customer, spending)].map((planned) => ({
      planned,
      house,
      clerk: chance.weighted([
        ['finance', 8],
        ['admin', 2],
        ['owner', 1],
      ] as const),
    }))
  })
}

/** Gives who made each invite, by its id. Chances of its own, so that the rest of the demo is what it was without. */
async function writeInvites(
  db: Transaction,
  house: DemoHouse,
  customers: readonly DemoCustomer[],
  { now, home, passwordHash }: Pick<Setting, 'now' | 'home' | 'passwordHash'>,
) {
  const { id: resellerId } = house.reseller
  const { id: ownId } = await db.invite.findFirstOrThrow({ where: { resellerId, staffId: null } })
  const chance = new Chance(2027)
  const planned = planInvites({ chance, house, now, home, ownId, passwordHash }, customers)
  await db.invite.createMany({ data: planned.invites })
  await db.invite.update({
    where: { resellerId_id: { resellerId, id: ownId } },
    data: { uses: planned.ownUses },
  })
  await db.mail.createMany({ data: planned.mails })
  await db.auditRow.createMany({ data: planned.auditRows })
  return new Map(planned.invites.map(({ id, staffName }) => [id, staffName]))
}

async function writeStays(
  db: Transaction,
  house: DemoHouse,
  customers: readonly DemoCustomer[],
  when: Pick<Setting, 'now' | 'home'>,
) {
  const { loginAsSessions, events, auditRows } = makeLoginAsSessions(
    { chance: new Chance(2028), ...when },
    house,
    customers,
  )
  await db.loginAs.createMany({ data: loginAsSessions })
  await db.loginAsEvent.createMany({ data: events })
  await db.auditRow.createMany({ data: auditRows })
}

/** Teams first and their owners last, because each names the other. The oldest customer of a team owns it. */
async function writeCustomers(db: Transaction, resellerId: string, customers: readonly DemoCustomer[]) {
  const there = <Item>(item: Item | null): item is Item => item !== null
  await db.team.createMany({ data: customers.map(({ team }) => team).filter(there) })
  await db.billingProfile.createMany({ data: customers.map(({ profile }) => profile).filter(there) })
  await db.customer.createMany({ data: customers.map(({ row }) => row) })
  await db.$executeRaw`
    update teams t set owner_customer_id = (
      select c.id from customers c where c.reseller_id = t.reseller_id and c.team_id = t.id order by c.registered_at, c.id limit 1
    ) where t.reseller_id = ${resellerId}`
}

/** Puts up to three tags on some customers; gives their names by customer. */
async function writeTags(
  db: Transaction,
  resellerId: string,
  chance: Chance,
  customers: readonly DemoCustomer[],
) {
  const tags = TAGS.map(([name, colour]) => ({
    resellerId,
    id: newId(),
    name,
    key: name.toLowerCase(),
    colour,
  }))
  await db.tag.createMany({ data: tags })
  const tagsOf = new Map<string, string[]>()
  const rows = customers.flatMap(({ row }) => {
    const count = chance.weighted([
      [0, 45],
      [1, 35],
      [2, 14],
      [3, 6],
    ] as const)
    const chosen = new Set(Array.from({ length: count }, () => chance.one(tags)))
    tagsOf.set(
      row.id,
      [...chosen].map(({ name }) => name),
    )
    return [...chosen].map(({ id: tagId }) => ({ resellerId, customerId: row.id, tagId }))
  })
  await db.customerTag.createMany({ data: rows })
  return tagsOf
}

/** Books everything in the order of time, as it would have happened. */
async function bookAll(bookings: Booking[], onProgress: (sentence: string) => void) {
  bookings.sort((one, other) => one.planned.at.getTime() - other.planned.at.getTime())
  const aQuarter = Math.ceil(bookings.length / 4)
  for (const [place, { planned, house, clerk }] of bookings.entries()) {
    if (place > 0 && place % aQuarter === 0) onProgress(`Loading the demo: ${(place / aQuarter) * 25} %.`)
    const { at, by, book } = planned
    const actor: Actor = by ? { ...house.system(at), name: by } : house.staff(clerk, at)
    await book(actor)
  }
}
