import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { type Answer, flashOf, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
beforeEach(async () => {
  await prisma().session.deleteMany()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const BROWSERS = '[aria-labelledby="sessions-title"] li'
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** A staff member who is logged in here and, with another browser, elsewhere. */
async function twice(role: 'support' | 'admin' = 'support') {
  const member = await makeMember(purser.northwind, role)
  const here = await purser.as(member)
  const elsewhere = purser.visitor()
  const fields = { email: member.email, password: PASSWORD }
  await elsewhere.submit(await elsewhere.get('/login'), fields, { headers: { 'User-Agent': FIREFOX } })
  return { member, here, elsewhere, page: await here.get('/account') }
}

/** The address that ends the one other session. */
const endOne = (page: Answer) =>
  page.html.querySelector('form[action^="/account/sessions/"]')?.getAttribute('action') ?? ''
const isOut = { status: 303, location: '/login?next=%2Fcustomers' }
const eventsOf = ({ id }: { id: string }) =>
  prisma().auditRow.findMany({ where: { actorId: id, event: 'staff.sessions_ended' } })

describe('the staff’s own sessions', () => {
  test('are found in the menu, and listed with browser, address and time, this one marked', async () => {
    const { page } = await twice()
    expect(page.html.querySelector('#account-menu a[href="/account"]')).not.toBeNull()
    const [here, elsewhere] = page.html.querySelectorAll(BROWSERS).map(({ textContent }) => textContent)
    expect(here).toContain('This browser')
    expect(elsewhere).toContain('Firefox on Windows')
    expect(elsewhere).toContain('127.0.0.1')
    expect(page.text).not.toContain('after a reset')
  })

  test('one is ended, with an event, and this browser stays in; pressed twice it says so', async () => {
    const { member, here, elsewhere, page } = await twice()
    const answer = await here.submit(page, {}, { action: endOne(page) })
    expect([answer.status, answer.location]).toEqual([303, '/account'])
    expect(flashOf(await here.follow(answer))).toBe('The browser has been logged out.')
    expect(await elsewhere.get('/customers')).toMatchObject(isOut)
    expect((await here.get('/customers')).status).toBe(200)
    await here.submit(page, {}, { action: endOne(page) })
    expect(flashOf(await here.get('/account'))).toContain('already logged out')
    expect(await eventsOf(member)).toMatchObject([{ actorName: member.email, details: { count: 1 } }])
  })

  test('all others are ended at once', async () => {
    const { member, here, elsewhere, page } = await twice()
    const third = await purser.as(member)
    const answer = await here.submit(page, {}, { action: '/account/sessions' })
    expect(flashOf(await here.follow(answer))).toBe('2 other browsers are logged out.')
    for (const other of [elsewhere, third]) expect(await other.get('/customers')).toMatchObject(isOut)
    const alone = await here.get('/account')
    expect(alone.html.querySelectorAll('main form')).toEqual([])
    expect(await eventsOf(member)).toMatchObject([{ details: { count: 2 } }])
  })

  test('what hangs on one, a login as a customer, ends with it; on this one it goes on', async () => {
    const { here, elsewhere, page } = await twice('admin')
    const [there, mine] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    await enter(elsewhere, there, 'admin')
    await enter(here, mine, 'admin')
    await here.submit(page, {}, { action: endOne(page) })
    const loginAs = await prisma().loginAs.findFirstOrThrow({ where: { customerId: there.id } })
    expect(loginAs).toMatchObject({ endedBy: 'staff_logout' })
    expect(wordsOf(await elsewhere.get('/console'))).toContain('the staff member logged out')
    expect(wordsOf(await here.get('/console'))).toContain(mine.email)
  })

  test('of somebody else, of a customer and of nobody cannot be ended', async () => {
    const { here, elsewhere } = await twice()
    const other = await twice()
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const theirs = await purser.asCustomer(customer)
    const { id } = await prisma().session.findFirstOrThrow({ where: { customerId: customer.id } })
    const csrf = await tokenOf(here)
    for (const name of [id, 'nonsense', '%00', endOne(other.page).split('/').at(-2) ?? '']) {
      expect((await here.post(`/account/sessions/${name}/end`, { csrf })).status).toBe(303)
    }
    expect((await other.elsewhere.get('/customers')).status).toBe(200)
    expect((await theirs.get('/console')).status).toBe(200)
    expect((await elsewhere.get('/customers')).status).toBe(200)
  })

  test('one that ran out is not listed, though its row is still there', async () => {
    const { member, here, page } = await twice()
    const { id } = await prisma().session.findFirstOrThrow({
      where: { staffId: member.id, userAgent: FIREFOX },
    })
    await prisma().session.updateMany({
      where: { id },
      data: { lastSeenAt: new Date(Date.now() - 31 * 60_000) },
    })
    const later = await here.get('/account')
    expect([page, later].map(({ html }) => html.querySelectorAll(BROWSERS).length)).toEqual([2, 1])
  })

  test('recent logins have time, browser and address, the latest first, and nobody else’s', async () => {
    const { page } = await twice()
    const logins = page.html.querySelectorAll('[aria-labelledby="logins-title"] li')
    expect(logins).toHaveLength(2)
    expect(logins[0]?.textContent).toContain('Firefox on Windows')
    expect(logins[0]?.textContent).toContain('from 127.0.0.1')
  })

  test('the former address of the sessions leads to the account', async () => {
    const { here } = await twice()
    const answer = await here.get('/account/sessions')
    expect([answer.status, answer.location]).toEqual([303, '/account'])
  })
})
