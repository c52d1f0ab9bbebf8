import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkToken, makeLink } from '../../src/people/one-time-link.ts'
import { passwordFits } from '../../src/people/password-hash.ts'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { Gate } from '../support/gate.ts'
import { invited, inviteRow, newcomer } from '../support/invites.ts'
import { countStatuses, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { eventRows } from '../support/rows.ts'
import { askToEnter } from '../support/login-as.ts'
import { type Answer, type Visitor, valueOf } from '../support/visit.ts'

// What is good once, or so many times, redeemed by twenty who really meet there: the row that all of them want is held until they do.

let purser: RunningPurser
let gate: Gate
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  gate = await Gate.before([], purser.database)
  owner = await purser.as(purser.northwind.staff.owner)
})
beforeEach(async () => {
  await prisma().throttle.deleteMany()
})
afterAll(async () => {
  await gate.remove()
  await purser.stop()
})

const prisma = () => purser.owner.prisma
const TWENTY = Array.from({ length: 20 }, (_, place) => place)
/** So many at least, of the twenty who are on their way, stand there before the first of them gets through. */
const PRESENT = 4
const rowHeld = (table: string, id: string) => ({
  text: `select from ${table} where id = $1 for update`,
  values: [id],
})

/** Twenty people with the invite's form open, each with an address of their own. */
async function twentyAt(path: string) {
  const people = TWENTY.map(() => ({ browser: purser.visitor(), fields: newcomer() }))
  const forms = await Promise.all(people.map(({ browser }) => browser.get(path)))
  return people.map(
    ({ browser, fields }, place) =>
      () =>
        browser.submit(forms[place] as Answer, fields),
  )
}

describe('twenty registrations at once', () => {
  test.each([
    ['a single invite', { kind: 'single' }, 1],
    ['an invite with three uses', { kind: 'reusable', maxUses: '3' }, 3],
  ])('through %s', async (_name, fields, uses) => {
    const { row, path } = await invited(owner, purser.northwind, {
      ...fields,
      credits: '7',
      tags: `for ${uses}`,
    })
    const teams = await prisma().team.count()
    const people = await prisma().customer.count()
    const mails = await prisma().mail.count()
    const answers = await gate.crowd(rowHeld('invites', row.id), await twentyAt(path), { count: PRESENT })
    expect(countStatuses(answers)).toEqual({ 303: uses, 410: 20 - uses })
    expect((await inviteRow(purser.northwind, row)).uses).toBe(uses)
    const came = await prisma().customer.findMany({
      where: { inviteId: row.id },
      include: { tags: { include: { tag: true } } },
    })
    expect(came).toHaveLength(uses)
    for (const customer of came) {
      expect(await proveLedger(purser.services.database.pool, customer)).toMatchObject({ credits: 700n })
      expect(customer.tags.map(({ tag }) => tag.name)).toEqual([`for ${uses}`])
      expect(await eventRows(purser.northwind, customer, 'customer.registered')).toHaveLength(1)
    }
    // Whoever was too late left nothing behind: no customer, team, entry, mail or link.
    expect(await prisma().customer.count()).toBe(people + uses)
    expect(await prisma().team.count()).toBe(teams + uses)
    expect(await prisma().mail.count()).toBe(mails + 2 * uses)
    expect(await prisma().posting.count({ where: { key: { startsWith: `invite:${row.id}` } } })).toBe(uses)
  })
})

describe('twenty uses at once', () => {
  const linkFor = async (
    purpose: 'set_password' | 'verify_email',
    { person, email }: { person: { staffId: string } | { customerId: string }; email: string },
  ) => {
    const { id: resellerId } = purser.northwind.reseller
    const facts = { resellerId, purpose, delivery: 'mailed', person, email, minutes: 30 } as const
    return linkToken(purser.services.keys, await makeLink(prisma(), facts))
  }

  test.each(['staff', 'customers'] as const)(
    'of a set-password link of the %s: one password',
    async (table) => {
      const { id, email } =
        table === 'staff'
          ? await makeMember(purser.northwind, 'support')
          : await makeCustomer(purser.northwind)
      const person = table === 'staff' ? { staffId: id } : { customerId: id }
      const path = `/set-password/${await linkFor('set_password', { person, email })}`
      const browsers = TWENTY.map(() => purser.visitor())
      const forms = await Promise.all(browsers.map((browser) => browser.get(path)))
      const answers = await gate.crowd(
        rowHeld(table, id),
        browsers.map(
          (browser, place) => () =>
            browser.submit(forms[place] as Answer, { password: `zebra lamp river moon ${place}` }),
        ),
        { count: PRESENT },
      )
      expect(countStatuses(answers)).toEqual({ 303: 1, 410: 19 })
      const won = answers.findIndex(({ status }) => status === 303)
      const { passwordHash } =
        table === 'staff'
          ? await prisma().staff.findFirstOrThrow({ where: { id }, select: { passwordHash: true } })
          : await prisma().customer.findFirstOrThrow({ where: { id }, select: { passwordHash: true } })
      expect(await passwordFits(passwordHash, `zebra lamp river moon ${won}`)).toBe(true)
    },
  )

  test('of a verification link: verified once', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    const person = { customerId: customer.id }
    const path = `/verify/${await linkFor('verify_email', { person, email: customer.email })}`
    const visitor = purser.visitor()
    const form = await visitor.get(path)
    await gate.crowd(
      rowHeld('customers', customer.id),
      TWENTY.map(() => () => visitor.submit(form)),
      { count: PRESENT },
    )
    expect(await eventRows(purser.northwind, customer, 'customer.verified')).toHaveLength(1)
    expect(await prisma().oneTimeLink.count({ where: { ...person, usedAt: { not: null } } })).toBe(1)
  })

  test('of a hand-over code: one session', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(await makeMember(purser.northwind, 'admin'))
    const asked = await askToEnter(staff, customer, 'admin')
    const { id } = await prisma().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
    const answers = await gate.crowd(
      rowHeld('login_as', id),
      TWENTY.map(() => () => staff.follow(asked)),
      { count: PRESENT },
    )
    expect(countStatuses(answers)).toEqual({ 303: 1, 410: 19 })
    expect(await prisma().session.count({ where: { loginAsId: id } })).toBe(1)
    // The nineteen refusals took nothing from the browser.
    expect((await staff.get('/console')).status).toBe(200)
  })

  test('of a generated password: one confirmation', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const page = `/customers/${customer.id}/password-reset`
    const shown = await owner.submit(await owner.get(page), {}, { action: '/candidate' })
    expect(valueOf(shown, 'candidate')).not.toBe('')
    // Of one person, two are worked on at once.
    const answers = await gate.crowd(
      rowHeld('customers', customer.id),
      TWENTY.map(() => () => owner.submit(shown, {}, { action: '/password-reset' })),
      { count: 2 },
    )
    expect(countStatuses(answers)).toEqual({ 303: 1, 409: 19 })
    expect(await eventRows(purser.northwind, customer, 'password.reset')).toHaveLength(1)
  })
})
