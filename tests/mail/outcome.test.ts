import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/database/id.ts'
import { deduct } from '../support/postings.ts'
import { ApprovalDesk } from '../support/approvals.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { invited } from '../support/invites.ts'
import { byHand, limitRole } from '../support/ledger.ts'
import { MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { mailApprovals, mailLowBalances } from '../support/rounds.ts'
import { type Answer, type Visitor, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

const server = new MailServer()
let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  await server.start()
  purser = await startPurser({ works: true, env: { SMTP_URL: `smtp://127.0.0.1:${server.port}` } })
  owner = await purser.as(purser.northwind.staff.owner)
})
afterEach(() => server.refuse(null))
afterAll(async () => {
  await purser.stop()
  await server.stop()
})

const prisma = () => purser.owner.prisma
const NOBODY = { code: 550, message: '5.1.1 There is no such mailbox here' }
const REFUSED = /Failed .*5\.1\.1 There is no such mailbox here/

/** No mail waits any more. */
const settled = () => waitFor(async () => (await prisma().mail.count({ where: { state: 'waiting' } })) === 0)

/** Does something whose mails the server refuses for good. */
async function whileRefused<Result>(action: () => Promise<Result>): Promise<Result> {
  await server.refuse(NOBODY)
  const result = await action()
  await settled()
  return result
}

/** What is said of mails within this part of a page, blanks folded. */
const saidIn = ({ html }: Answer, part: string) =>
  (html.querySelector(part)?.querySelectorAll('.mail-outcome') ?? [])
    .map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim())
    .join(' | ')

/** The words of one fact of a customer's details. */
function factOf({ html }: Answer, name: string): string {
  const term = html.querySelectorAll('.facts dt').find(({ textContent }) => textContent.trim() === name)
  return term?.nextElementSibling?.textContent.replace(/\s+/g, ' ').trim() ?? ''
}

describe('a mail that was refused is told where the thing is that it tells of', () => {
  test('an invite, in the list and by itself; sent again, the newest mail counts', async () => {
    const email = 'guest@somewhere.example'
    const { row } = await whileRefused(() => invited(owner, purser.northwind, { email }))
    const [list, one] = [await owner.get('/invites'), await owner.get(`/invites/${row.id}`)]
    expect(saidIn(list, `#invite-${row.id} .col-for`)).toMatch(REFUSED)
    expect(saidIn(one, 'main')).toMatch(REFUSED)

    await server.refuse(null)
    await prisma().mail.updateMany({ where: { toEmail: email }, data: { createdAt: new Date(0) } })
    await owner.submit(list, {}, { action: `/invites/${row.id}/resend` })
    await settled()
    const later = await owner.get('/invites')
    expect(saidIn(later, `#invite-${row.id} .col-for`)).toMatch(/^E-mail Sent/)
    expect(saidIn(await owner.get(`/invites/${row.id}`), 'main')).not.toContain('Failed')
  })

  test('a new staff member, in the list, until they log in', async () => {
    const fields = { email: 'gone@northwind.example', name: 'Gone Away', role: 'support' }
    const added = await whileRefused(async () =>
      owner.submit(await owner.get('/staff'), fields, { action: '/staff' }),
    )
    // Mail leaves here, so nothing is said of the host.
    const list = await owner.follow(added)
    expect(saidIn(list, 'main')).toMatch(REFUSED)
    expect(list.text).not.toContain('staff:link')
    const rowOf = async () =>
      (await owner.get('/staff')).html
        .querySelectorAll('.staff tbody tr')
        .find(({ textContent }) => textContent.includes(fields.email))
        ?.querySelector('.col-last')
        ?.textContent.replace(/\s+/g, ' ')
    expect(await rowOf()).toMatch(/No password yet .*Failed .*no such mailbox/)
    await prisma().staff.updateMany({ where: { email: fields.email }, data: { lastLoginAt: new Date() } })
    expect(await rowOf()).not.toContain('Failed')
  })

  test('a customer’s first link, verification, reset and any other, in the details', async () => {
    const email = 'new@somewhere.example'
    const page = await owner.get('/customers/new')
    await whileRefused(() => owner.submit(page, { email, name: 'New One' }, { action: '/customers' }))
    const { id } = await prisma().customer.findFirstOrThrow({ where: { email } })
    const inList = async (browser: Visitor) =>
      (await browser.get('/customers')).html
        .querySelectorAll('table.customers tbody tr')
        .find(({ textContent }) => textContent.includes(email))
        ?.querySelector('td:nth-child(8)')
        ?.textContent.replace(/\s+/g, ' ')
    expect(await inList(owner)).toMatch(/ON .*Failed .*no such mailbox/)
    const details = await owner.get(`/customers/${id}`)
    expect(factOf(details, 'Password')).toMatch(/^Not set yet.*Failed.*no such mailbox/)
    expect(saidIn(await owner.get(`/customers/${id}/password-link`), 'main')).toMatch(REFUSED)

    await whileRefused(() => owner.submit(details, {}, { action: '/verification' }))
    expect(factOf(await owner.get(`/customers/${id}`), 'E-mail')).toMatch(/^Not verified.*no such mailbox/)

    // In the list, while it is needed, and the newest of each kind.
    const where = { resellerId_id: { resellerId: purser.northwind.reseller.id, id } }
    const become = (data: { lastLoginAt?: Date | null; emailVerifiedAt?: Date | null }) =>
      prisma().customer.update({ where, data })
    await become({ lastLoginAt: new Date() })
    expect(await inList(owner)).toMatch(/ON .*Failed/)
    await become({ emailVerifiedAt: new Date() })
    expect(await inList(owner)).not.toContain('Failed')
    await become({ lastLoginAt: null })
    expect(await inList(owner)).toMatch(/ON .*Failed/)
    const first = await prisma().mail.findFirstOrThrow({
      where: { toEmail: email, template: 'set-password' },
    })
    const again = { ...first, id: newId(), values: {}, state: 'sent', createdAt: new Date() } as const
    await prisma().mail.create({ data: again })
    expect(await inList(owner)).not.toContain('Failed')

    const known = await makeCustomer(purser.northwind, { password: PASSWORD })
    const reset = await owner.get(`/customers/${known.id}/password-reset`)
    await whileRefused(async () => {
      const generated = await owner.submit(reset, {}, { action: '/candidate' })
      await owner.submit(generated, {}, { action: '/password-reset' })
    })
    expect(factOf(await owner.get(`/customers/${known.id}`), 'Reset')).toMatch(/no such mailbox/)
    await prisma().customer.updateMany({
      where: { id: known.id },
      data: { resetAt: null, resetBy: null, resetProofEmail: null },
    })
    expect(factOf(await owner.get(`/customers/${known.id}`), 'Mails')).toMatch(
      /Password reset Failed .*mailbox/,
    )
    const finance = await purser.as(purser.northwind.staff.finance)
    expect((await finance.get(`/customers/${id}`)).text).not.toContain('no such mailbox')
    expect(await inList(finance)).toMatch(/^\s*ON\s*$/)
  })

  test('a low balance, on the alert’s page, to each who was to be told', async () => {
    const { reseller, system } = purser.northwind
    await prisma().reseller.update({
      where: { id: reseller.id },
      data: { lowBalanceThreshold: 5_000n, lowBalanceToCustomer: true, lowBalanceToStaff: true },
    })
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await whileRefused(async () => {
      await deduct(system, customer, byHand(2_000n))
      await mailLowBalances(purser.services)
    })
    const said = saidIn(await owner.get(`/customers/${customer.id}/alerts`), 'main')
    for (const told of [customer.email, 'owner@northwind.example', 'finance@northwind.example']) {
      expect(said).toMatch(new RegExp(`${told} Failed [^|]*no such mailbox`))
    }
  })

  test('a posting that waits, on its page, to each who was to approve it', async () => {
    await limitRole(purser.northwind, 'finance', { approvalAbove: 10_000n })
    const customer = await makeCustomer(purser.northwind)
    const finance = await purser.as(purser.northwind.staff.finance)
    const { id } = await new ApprovalDesk(purser.northwind).enterRefill(finance, customer)
    await whileRefused(() => mailApprovals(purser.services))
    const said = saidIn(await finance.get(`/approvals/${id}`), 'main')
    expect(said).toMatch(/Posting needs approval · owner@northwind\.example Failed [^|]*no such mailbox/)
    expect(saidIn(await finance.get('/approvals'), 'main')).toMatch(
      /Posting needs approval · owner@northwind\.example Failed [^|]*no such mailbox/,
    )
  })

  test('a verification, to the customer in the console, without the server’s words', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default', password: PASSWORD })
    const browser = await purser.asCustomer(customer)
    const overview = await browser.get('/console')
    await whileRefused(() => browser.submit(overview, {}, { action: '/console/verification' }))
    for (const page of ['/console', '/console/profile']) {
      const answer = await browser.get(page)
      expect(wordsOf(answer)).toContain(`The e-mail to ${customer.email} could not be delivered.`)
      expect(answer.text).not.toContain('no such mailbox')
    }
  })
})
