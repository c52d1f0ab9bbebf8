import { domainToASCII } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customersMeant } from '../../src/charges/match.ts'
import { hostCaller } from '../../src/commands/command.ts'
import { MakeHostLink } from '../../src/staff/host-link.ts'
import { shownAddresses } from '../../src/words/email-address.ts'
import { done } from '../support/caller.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'

// An address whose domain has letters of its own is kept in ASCII: whoever types it as it is read has to find it.

const KEPT = 'info@xn--bcher-kva.example'
const SHOWN = 'info@bücher.example'
const TYPED = ['info@bücher.example', 'Info@BÜCHER.example', KEPT]

let purser: RunningPurser
let owner: Visitor
let customer: Awaited<ReturnType<typeof makeCustomer>>
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  customer = await makeCustomer(purser.northwind, { email: KEPT, balance: 500n })
  await makeCustomer(purser.northwind, { balance: 500n })
})
afterAll(() => purser.stop())

test.each(TYPED)('%s is found in the lists of customers, teams and events', async (typed) => {
  const q = encodeURIComponent(typed)
  expect((await owner.get(`/customers?q=${q}`)).html.querySelectorAll('table tbody tr')).toHaveLength(1)
  expect(wordsOf(await owner.get(`/customers/new?q=${q}`))).toContain(SHOWN)
  const log = await owner.get(`/audit?customer=${q}`)
  expect(log.html.querySelectorAll('table.audit tbody tr')).toHaveLength(1)
})

test.each(['guest@bücher.example', 'GUEST@Bücher.Example'])(
  '%s is found among the invites',
  async (typed) => {
    const made = await owner.submit(
      await owner.get('/invites'),
      { kind: 'single', email: typed },
      { action: '/invites' },
    )
    expect(made.status).toBe(303)
    expect(wordsOf(await owner.get(`/invites?q=${encodeURIComponent(typed)}`))).toContain(
      'guest@bücher.example',
    )
  },
)

test.each(['büch', '@bücher.ex', 'BÜCHER', 'info@bü', 'xn--bch'])(
  'a part of it is enough for a search: %s',
  async (part) => {
    const q = encodeURIComponent(part)
    expect((await owner.get(`/customers?q=${q}`)).html.querySelectorAll('table tbody tr')).toHaveLength(1)
    expect(wordsOf(await owner.get(`/customers/new?q=${q}`))).toContain(SHOWN)
  },
)

test('the database shows an address as everybody else does', async () => {
  const domains = [
    'bücher',
    'straße',
    'faß',
    '例え',
    'דוגמה',
    'παράδειγμα',
    'hà-nội',
    'i❤',
    'ñandú-y-más',
    'a',
  ].map((name) => domainToASCII(`mail.${name}.example`))
  const strange = [
    'xn--a.example',
    'xn--.example',
    'xn--99999999999999999999.example',
    'xn--bcher-kva.xn--zz--zz',
    'xn---.example',
  ]
  for (const domain of [...domains, ...strange]) {
    const { rows } = await purser.services.database.pool.query('select shown_address($1) as shown', [
      `info@${domain}`,
    ])
    const isStrange = strange.includes(domain)
    if (!isStrange) expect(rows[0].shown).toBe(shownAddresses(`info@${domain}`))
    else expect(rows[0].shown).toMatch(/^info@/)
  }
})

test('in a file of charges', async () => {
  const { services, northwind } = purser
  const asker = { database: services.database, reseller: northwind.reseller }
  const meant = await customersMeant(asker, TYPED)
  expect([...meant.values()]).toEqual(TYPED.map(() => ({ id: customer.id })))
})

test('by the command that prints a link', async () => {
  const email = 'help@xn--bcher-kva.example'
  const { reseller, staff } = purser.northwind
  await purser.owner.prisma.staffAddress.create({ data: { email, resellerId: reseller.id } })
  await purser.owner.prisma.staff.updateMany({ where: { id: staff.support.id }, data: { email } })
  expect(
    (await done(MakeHostLink, hostCaller(purser.services), { email: ' Help@bücher.example' })).address,
  ).toContain('/set-password/')
})
