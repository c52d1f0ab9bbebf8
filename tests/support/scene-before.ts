import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { hashPassword } from '../../src/people/password-hash.ts'
import { roleRows } from '../../src/people/roles.ts'
import { PASSWORD } from './cast.ts'
import { type DatabaseBefore, postBefore } from './version-before.ts'

export const RESELLER = 'ABCDEFGH'
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const ago = (ms: number) => new Date(Date.now() - ms)
const digest = () => createHash('sha256').update(randomBytes(32)).digest('hex')

/** Writes one row with these columns. */
type Write = (table: string, row: Record<string, unknown>) => Promise<void>

interface Person {
  id: string
  email: string
}

/** Whom and what the scene has, by what a test calls them. */
export type SceneBefore = Awaited<ReturnType<typeof fillBefore>>

/** Why a login as a customer could be over in the version before, each of which left rows that had been entered but for one. */
const ENDS =
  `exit staff_logout staff_off permission_lost customer_off time_up idle replaced never_entered password_changed`.split(
    ' ',
  )

/** What ends by itself does so then, in minutes. */
const RAN_OUT_AFTER: Readonly<Record<string, number>> = { never_entered: 1, idle: 10, time_up: 30 }

/**
 * Fills an empty database of the version before with a reseller in whom everything has happened that a newer migration touches, as that
 * version wrote it. Everybody who can log in has the tests' password.
 */
export async function fillBefore({ owner }: Pick<DatabaseBefore, 'owner'>) {
  const write: Write = async (table, row) => {
    const columns = Object.keys(row)
    const places = columns.map((_column, place) => `$${place + 1}`)
    await owner.query(
      `insert into ${table} (reseller_id, ${columns.join(', ')}) values ('${RESELLER}', ${places.join(', ')})`,
      Object.values(row),
    )
  }
  await owner.query(
    `insert into resellers (id, slug, name, currency, currency_scale, time_zone, locale, support_email, low_balance_threshold, created_at)
     values ('${RESELLER}', 'old', 'Old House', 'USD', 2, 'Europe/Berlin', 'en-GB', 'owner@old.example', 5000, now() - interval '90 days')`,
  )
  for (const { id, name, permissions } of roleRows()) {
    await write('roles', { id, name, permissions, approval_above: id === 'finance' ? 20_000 : null })
  }
  const passwordHash = await hashPassword(PASSWORD)
  const staff = await writeStaff(write, passwordHash)
  const customers = await writeCustomers(write, passwordHash)
  await writeResets(write, { staff, customers })
  const tags = await writeTags(write, customers)
  const logins = await writeLogins(write, { staff, customers })
  await writeLinksAndMails(write, { staff, customers })
  await writeInvites(write, staff)
  await writeEvents(write, { staff, customers })
  const money = await writeMoney(owner, write, { staff, customers })
  return { staff, customers, tags, logins, ...money }
}

type People<Name extends string> = Record<Name, Person>
type Staff = Awaited<ReturnType<typeof writeStaff>>
type Customers = Awaited<ReturnType<typeof writeCustomers>>

async function writeStaff(write: Write, passwordHash: string) {
  const people = {
    owner: { role_id: 'owner', password_hash: passwordHash },
    admin: { role_id: 'admin', password_hash: passwordHash },
    clerk: { role_id: 'finance', password_hash: passwordHash },
    /** Was never there: nobody who can log in. */
    invited: { role_id: 'owner', password_hash: null },
    off: { role_id: 'support', password_hash: passwordHash, state: 'OFF' },
  }
  const staff: Partial<People<keyof typeof people>> = {}
  for (const [name, facts] of Object.entries(people)) {
    const person = { id: uuidv7(), email: `${name}@old.example` }
    staff[name as keyof typeof people] = person
    await write('staff', { ...person, name: `The ${name}`, ...facts, created_at: ago(80 * 24 * HOUR) })
  }
  return staff as People<keyof typeof people>
}

/** Each on a team of their own. What is not said of one is that they are verified, ON and have a password. */
async function writeCustomers(write: Write, passwordHash: string) {
  const unverified = { email_verified_at: null }
  const held = { must_change_password: true, password_expires_at: new Date(Date.now() + 71 * HOUR) }
  const late = { must_change_password: true, password_expires_at: ago(HOUR) }
  const people = {
    plain: { external_reference: 'CRM-7' },
    double: { external_reference: 'CRM-7' },
    otherCase: { external_reference: 'crm-7' },
    invisible: { external_reference: 'CRM\u200b-7' },
    /** Eighteen letters in one, a hundred times. */
    longest: { external_reference: '\ufdfa'.repeat(100) },
    held,
    heldUnverified: { ...held, ...unverified },
    heldVerifiedSince: { ...held, email_verified_at: new Date() },
    late,
    lateUnverified: { ...late, ...unverified },
    /** Chose another password after the reset. */
    over: {},
    withoutPassword: { ...unverified, password_hash: null },
    off: { state: 'OFF', state_reason: 'Unpaid', state_message: 'Call us.', state_changed_at: ago(HOUR) },
    turning: { name: 'Ada \u202eevolg', external_reference: 'A\u202eB' },
  }
  const customers: Partial<People<keyof typeof people>> = {}
  for (const [place, [name, facts]] of Object.entries(people).entries()) {
    const id = `AAAAAAAA${String(place).padStart(2, '0')}`
    const email = `${name.toLowerCase()}@customer.example`
    customers[name as keyof typeof people] = { id, email }
    const team = uuidv7()
    await write('teams', { id: team, name: `Team of ${name}`, type: 'individual' })
    await write('customers', {
      ...{ id, email, name, team_id: team, password_hash: passwordHash },
      ...{ email_verified_at: ago(80 * HOUR), registered_at: ago((60 - place) * 24 * HOUR) },
      ...facts,
    })
    await write('billing_profiles', {
      ...{ id: team, kind: 'individual', legal_name: name, address_line1: '1 Main Street' },
      ...{ city: 'Berlin', country: 'DE', billing_email: email },
    })
  }
  return customers as People<keyof typeof people>
}

const by = ({ id, email }: Person) => ({ actor_kind: 'staff', actor_id: id, actor_name: email })

const event = (write: Write, name: string, row: Record<string, unknown>) =>
  write('audit_rows', {
    id: uuidv7(),
    deed: name,
    request_id: 'before',
    ip: '192.0.2.7',
    details: {},
    ...row,
  })

async function writeResets(write: Write, { staff, customers }: { staff: Staff; customers: Customers }) {
  const { held, heldUnverified, heldVerifiedSince, late, lateUnverified, over } = customers
  for (const [customer, at] of [
    [held, ago(2 * HOUR)],
    [heldUnverified, ago(HOUR)],
    [heldVerifiedSince, ago(HOUR)],
    [late, ago(73 * HOUR)],
    [lateUnverified, ago(73 * HOUR)],
    [over, ago(5 * HOUR)],
  ] as const) {
    const row = { ...by(staff.owner), customer_id: customer.id, at }
    await event(write, 'password.generated', row)
    await event(write, 'password.reset', row)
  }
  // The latest is the one whose password is in force.
  await event(write, 'password.reset', { ...by(staff.admin), customer_id: held.id, at: ago(HOUR) })
  await event(write, 'customer.password_changed', {
    ...{ actor_kind: 'customer', actor_id: over.id, actor_name: over.email, customer_id: over.id },
    at: ago(4 * HOUR),
  })
  await write('password_candidates', {
    ...{ id: uuidv7(), customer_id: held.id, staff_id: staff.owner.id, password_hash: 'waits' },
    expires_at: new Date(Date.now() + 5 * MINUTE),
  })
}

/** Tags as the version before told them apart: in small letters, and no more. */
async function writeTags(write: Write, { plain, double, turning }: Customers) {
  const names = ['VIP', 'V\u200bIP', '\uff36\uff29\uff30', 'Straße', 'Sil\u202ever', '\u2800']
  const tags = names.map((name) => ({ id: uuidv7(), name }))
  for (const { id, name } of tags) {
    await write('tags', { id, name, key: name.normalize('NFC').toLowerCase(), colour: 'teal' })
    for (const customer of [plain, double, turning]) {
      await write('customer_tags', { customer_id: customer.id, tag_id: id })
    }
  }
  return tags
}

async function writeLogins(
  write: Write,
  { staff, customers }: { staff: Staff; customers: Customers },
): Promise<{ ended: string[]; entered: string; waits: string }> {
  const portalSession = digest()
  const session = { ip: '192.0.2.7', user_agent: 'Before/1.0', expires_at: new Date(Date.now() + 8 * HOUR) }
  await write('sessions', { ...session, id: portalSession, staff_id: staff.admin.id })
  await write('sessions', { ...session, id: digest(), customer_id: customers.plain.id })
  await write('sessions', { ...session, id: digest(), customer_id: customers.held.id })
  // Turned OFF: the row stays, so that the next request can be told why.
  await write('sessions', { ...session, id: digest(), customer_id: customers.off.id, ended_at: ago(HOUR) })

  const login = async (
    end: string | null,
    { mode = 'readonly', isEntered = end !== 'never_entered' } = {},
  ) => {
    const id = uuidv7()
    const customer = customers.plain
    const began = end ? ago(3 * HOUR) : ago(20_000)
    const after = (minutes: number) => new Date(began.getTime() + minutes * MINUTE)
    const endedAt = end && after(RAN_OUT_AFTER[end] ?? 7)
    const about = { customer_id: customer.id, at: began }
    await write('login_as', {
      ...{ id, customer_id: customer.id, staff_id: staff.admin.id, mode, reason: 'Ticket 4711' },
      ...{ portal_session: end ? digest() : portalSession, code_hash: digest(), ip: '192.0.2.7' },
      ...{ created_at: began, code_expires_at: after(1), expires_at: after(30) },
      ...{ entered_at: isEntered ? began : null, last_seen_at: began },
      ...{ ended_at: endedAt, ended_by: end },
    })
    await event(write, 'login_as.started', {
      ...{ ...by(staff.admin), ...about, details: { mode, reason: 'Ticket 4711', loginAs: id } },
    })
    const standsIn = { ...by(staff.admin), ...about, for_customer_id: customer.id }
    if (isEntered) {
      // Some in one millisecond, one that the reader left, one that was refused.
      for (const [method, path, status] of [
        ['GET', '/console', 200],
        ['GET', '/console/billing', 499],
        ['POST', '/console/profile', 403],
      ]) {
        await write('login_as_events', { id: uuidv7(), login_as_id: id, at: began, method, path, status })
      }
      await event(write, 'login_as.refused', {
        ...standsIn,
        details: { mode, method: 'POST', path: '/console/profile', loginAs: id },
      })
      await write('sessions', {
        ...{ ...session, id: digest(), customer_id: customer.id, login_as_id: id, ended_at: end && began },
      })
    }
    if (end) {
      // What runs out while no Purser runs is noted by the next one.
      const at = end in RAN_OUT_AFTER ? ago(HOUR) : endedAt
      await event(write, 'login_as.ended', { ...standsIn, at, details: { mode, by: end, loginAs: id } })
    }
    return id
  }
  const ended: string[] = []
  for (const end of ENDS) ended.push(await login(end))
  return {
    ended,
    entered: await login(null, { mode: 'admin' }),
    waits: await login(null, { isEntered: false }),
  }
}

async function writeLinksAndMails(
  write: Write,
  { staff, customers: { plain, held, withoutPassword } }: { staff: Staff; customers: Customers },
) {
  const soon = new Date(Date.now() + 24 * HOUR)
  const link = async (purpose: string, delivery: string, to: Person, facts: Record<string, unknown> = {}) => {
    const id = uuidv7()
    const whose = to === staff.invited ? { staff_id: to.id } : { customer_id: to.id }
    const row = { id, purpose, delivery, email: to.email, expires_at: soon, ...whose, ...facts }
    await write('one_time_links', row)
    return id
  }
  await link('set_password', 'copied', held, { shown_at: ago(MINUTE) })
  await link('set_password', 'mailed', held, { used_at: ago(MINUTE) })
  const linkId = await link('set_password', 'mailed', withoutPassword)
  const lowBalance = { balance: '100', threshold: '5000' }
  const mails = [
    [withoutPassword, 'set-password', 'kept', { linkId, why: 'new_customer' }],
    [withoutPassword, 'verify-email', 'sent', { linkId: await link('verify_email', 'mailed', plain) }],
    [plain, 'email-changed', 'failed', { email: 'new@customer.example' }],
    [plain, 'low-balance', 'waiting', { ...lowBalance, toConsole: true }],
  ] as const
  for (const [to, template, state, values] of mails) {
    await write('mails', { id: uuidv7(), to_email: to.email, customer_id: to.id, template, values, state })
  }
  const toStaff = {
    'set-password': { linkId: await link('set_password', 'mailed', staff.invited), why: 'new_staff' },
    'customer-low-balance': { ...lowBalance, customerId: plain.id, customer: plain.email },
    test: { sentBy: staff.owner.email },
  }
  for (const [template, values] of Object.entries(toStaff)) {
    const { id: staff_id, email: to_email } = staff.invited
    await write('mails', { id: uuidv7(), to_email, staff_id, template, values, state: 'kept' })
  }
}

async function writeInvites(write: Write, { owner }: Staff) {
  const soon = new Date(Date.now() + 24 * HOUR)
  const reusable = { kind: 'reusable', staff_name: 'set-up', tags: ['V\u200bIP'], max_uses: null }
  await write('invites', { id: uuidv7(), expires_at: soon, ...reusable })
  const single = { kind: 'single', email: 'new@somewhere.example', max_uses: 1, credits: 500 }
  const made = { staff_id: owner.id, staff_name: owner.email }
  await write('invites', { id: uuidv7(), expires_at: soon, ...single, ...made })
}

/** What the version before remembered of events that nothing else here has written. */
const EVENTS: Readonly<Record<string, Record<string, unknown>>> = {
  'reseller.created': { name: 'Old House', slug: 'old', currency: 'USD' },
  'reseller.changed': { name: 'Old House' },
  'staff.logged_in': {},
  'staff.login_failed': { email: 'owner@old.example', why: 'password' },
  'staff.suspended': { email: 'off@old.example' },
  'staff.role_changed': { email: 'admin@old.example', from: 'support', to: 'admin' },
  'customer.created': { email: 'plain@customer.example', team: 'Team of plain' },
  'customer.changed': { from: { name: 'Plain' }, to: { name: 'plain' } },
  'customer.tagged': { added: ['V\u200bIP', 'Sil\u202ever'], removed: [] },
  'customer.suspended': { reason: 'Unpaid', message: '' },
  'customer.password_link_made': { email: 'plain@customer.example', delivery: 'copied' },
  'customer.password_set': { email: 'plain@customer.example' },
  'customer.sessions_ended': { count: 2 },
  'customers.exported': { query: 'state=ON' },
  'statement.exported': { from: '', to: '', format: 'csv' },
  'ledger.exported': { query: 'min=1' },
  'team.renamed': { from: 'A', to: 'B' },
  'tag.merged': { from: 'V\u200bIP', into: 'VIP', customers: 1 },
  'mail.opened': { to: 'plain@customer.example', template: 'set-password' },
  'mail.resent': { to: 'plain@customer.example', template: 'set-password' },
  'audit.exported': { query: '' },
}

async function writeEvents(write: Write, { staff, customers }: { staff: Staff; customers: Customers }) {
  for (const [name, details] of Object.entries(EVENTS)) {
    await event(write, name, { ...by(staff.owner), customer_id: customers.plain.id, details })
  }
}

/** Every kind of posting, receipts of one folded form, a grant whose time is over, and whatever can become of what waits. */
async function writeMoney(
  owner: DatabaseBefore['owner'],
  write: Write,
  { staff, customers }: { staff: Staff; customers: Customers },
) {
  const of = ({ id }: Person) => ({ id, resellerId: RESELLER })
  const [ada, bo] = [of(customers.plain), of(customers.double)]
  const post = async (
    facts: Record<string, unknown>,
    { customer = ada, clerk = staff.owner as Person, receipt = null as string | null } = {},
  ) => {
    const answer = await postBefore(owner, { customer, clerk, receipt }, facts)
    if (!['posted', 'waits'].includes(answer.outcome))
      throw new Error(`${answer.outcome}: nothing was booked.`)
    return answer
  }
  const refill = (amount: string, reference: string, options: Parameters<typeof post>[1] = {}) => {
    const paid = { reason: 'payment_received', channel: 'cash', reference }
    const facts = { kind: 'refill', deed: 'balance.refilled', amount, ...paid }
    return post(facts, { receipt: `cash:${reference}`, ...options })
  }
  const at = (ms: number) => ({ told_at: ago(ms).toISOString() })

  await post({
    ...{ kind: 'credits_set', deed: 'credits.set', target: '500', seen: '0', category: 'promotional' },
    ...{ grant_expires_at: ago(24 * HOUR).toISOString(), ...at(48 * HOUR) },
  })
  await refill('100000', 'INV 2026-100')
  await refill('100000', 'inv-2026 100', { customer: bo })
  await refill('100', 'INV 2026-100', { customer: bo, receipt: null })
  await post({ kind: 'deduction', deed: 'balance.deducted', amount: '-200' })
  // Lets the first grant expire on the way.
  const charge = { kind: 'charge', deed: 'customer.charged', reason: null, note: 'Storage' }
  await post({ ...charge, amount: '300' })
  await post({ kind: 'credits_set', deed: 'credits.set', target: '900', seen: '0', category: 'paid' })
  const { posting } = await post({ ...charge, amount: '1000' })
  await post({ kind: 'reversal', deed: 'posting.reversed', reverses: posting.id })

  const clerk = { clerk: staff.clerk }
  const { waiting: stillWaits } = await refill('30000', 'WAIT 1', clerk)
  const { waiting: sameReceipt } = await refill('30000', 'Inv 2026/100', { ...clerk, customer: bo })
  const { waiting: approved } = await refill('30000', 'WAIT 2', clerk)
  const { waiting: rejected } = await refill('30000', 'WAIT 3', clerk)
  const { waiting: expired } = await refill('30000', 'WAIT 4', clerk)
  const found = await owner.query('select key, receipt_key, facts from waiting_postings where id = $1', [
    approved,
  ])
  const [{ key, receipt_key: receipt, facts }] = found.rows
  const { posting_id, entry_ids, audit_id, spare_ids } = {
    ...{ posting_id: uuidv7(), entry_ids: [uuidv7(), uuidv7()], audit_id: uuidv7() },
    spare_ids: Array.from({ length: 7 }, () => uuidv7()),
  }
  const decision = { decider_id: staff.owner.id, decider_name: staff.owner.email, decision: 'checked' }
  const ids = { posting_id, entry_ids, audit_id, spare_ids }
  await postBefore(
    owner,
    { customer: ada, clerk: staff.clerk, key, receipt },
    {
      ...facts,
      ...ids,
      ...decision,
      approves: approved,
    },
  )
  const decided = { decider_id: staff.owner.id, decider_name: staff.owner.email, comment: 'no' }
  for (const [id, state, facts] of [
    [rejected, 'rejected', decided],
    [expired, 'expired', { decider_id: null, decider_name: null, comment: '' }],
  ] as const) {
    await owner.query(
      `update waiting_postings set state = $2, decided_at = now(), decider_id = $3, decider_name = $4, comment = $5 where id = $1`,
      [id, state, facts.decider_id, facts.decider_name, facts.comment],
    )
    await event(write, `posting.${state}`, {
      ...by(staff.owner),
      customer_id: ada.id,
      details: { kind: 'refill', amount: '30000', waiting: id, madeBy: staff.clerk.email, comment: 'no' },
    })
  }
  await write('ledger_checks', { id: uuidv7(), actor_name: staff.owner.email, finished_at: new Date() })
  return { waiting: { stillWaits, sameReceipt, approved, rejected, expired } }
}
