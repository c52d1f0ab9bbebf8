import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserInWords } from '../../src/people/browser.ts'
import { wordsFor } from '../../src/words/words.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { letPass } from '../support/clock.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows } from '../support/rows.ts'
import { askToEnter, enter } from '../support/login-as.ts'
import { type Answer, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** A customer who is logged in here and, with another browser, elsewhere. */
async function twice() {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const here = await purser.asCustomer(customer)
  const elsewhere = purser.visitor()
  const login = await elsewhere.get('/console/northwind/login')
  const fields = { email: customer.email, password: PASSWORD }
  await elsewhere.submit(login, fields, { headers: { 'User-Agent': FIREFOX } })
  return { customer, here, elsewhere, page: await here.get('/console/security') }
}
/** The address that ends the one other session. */
const endOne = (page: Answer) =>
  page.html
    .querySelector('form[action*="/security/sessions/"]:not([action$="/sessions/end"])')
    ?.getAttribute('action') ?? ''

describe('the customer’s sessions', () => {
  test('are listed with browser and time, this one marked', async () => {
    const { page } = await twice()
    const words = wordsOf(page)
    expect(words).toContain('This browser')
    expect(words).toContain('Firefox on Windows')
    expect(words).toContain('127.0.0.1')
    expect(page.html.querySelectorAll('form[action$="/end"]').length).toBe(2)
  })

  test('of somebody else cannot be ended, nor a login-as session; all others of one’s own are at once', async () => {
    const { customer, here, elsewhere } = await twice()
    const other = await twice()
    const admin = await purser.as(purser.northwind.staff.admin)
    await enter(admin, customer, 'readonly')
    const stay = await prisma().session.findFirstOrThrow({
      where: { customerId: customer.id, loginAsId: { not: null } },
    })
    const csrf = valueOf(await here.get('/console/security'), 'csrf') ?? ''
    const ids = [stay.id, 'nonsense', '%00', endOne(other.page).split('/').at(-2) ?? '']
    for (const id of ids) {
      expect((await here.post(`/console/security/sessions/${id}/end`, { csrf })).status).toBe(303)
    }
    expect((await elsewhere.get('/console')).status).toBe(200)
    await here.post('/console/security/sessions/end', { csrf })
    expect((await elsewhere.get('/console')).status).toBe(303)
    expect((await other.elsewhere.get('/console')).status).toBe(200)
    expect((await admin.get('/console')).status).toBe(200)
  })
})

describe('who from the reseller came in', () => {
  test('is shown with name, mode, reason and times, while there and afterwards', async () => {
    const { customer, here, page } = await twice()
    const { lastLoginAt: ownLogin } = await customerRow(purser.northwind, customer)
    expect(wordsOf(page)).toContain('None yet.')
    const admin = await purser.as(purser.northwind.staff.admin)
    const stay = await enter(admin, customer, 'readonly')
    const during = wordsOf(await here.get('/console/security'))
    expect(during).toContain('Admin Person ReadOnly Login active now')
    expect(during).toContain('Reason: Ticket 4711')
    expect(during).toContain('ends by')
    await admin.submit(stay, {}, { action: '/login-as/end' })
    const after = wordsOf(await here.get('/console/security'))
    expect(after).not.toContain('active now')
    expect(after).toMatch(/From .+ to /)
    // The customer's own last login has not moved.
    const { lastLoginAt } = await customerRow(purser.northwind, customer)
    const rows = await eventRows(purser.northwind, customer, 'customer.logged_in')
    expect(lastLoginAt).toEqual(ownLogin)
    expect(rows).toHaveLength(2)
  })

  test('one that ran out without anybody looking is over; one never entered is not shown', async () => {
    const { customer, here } = await twice()
    const admin = await purser.as(purser.northwind.staff.admin)
    await enter(admin, customer, 'admin')
    await letPass(purser.database, 11)
    expect(wordsOf(await here.get('/console/security'))).not.toContain('active now')
    const other = await twice()
    await askToEnter(admin, other.customer, 'readonly')
    expect(wordsOf(await other.here.get('/console/security'))).toContain('None yet.')
  })

  test('nobody sees who came in elsewhere, and a long list is read on', async () => {
    const { customer, here } = await twice()
    const other = await twice()
    const { id: staffId } = purser.northwind.staff.support
    const moments = Array.from({ length: 23 }, (_, place) => new Date(Date.now() - place * 60_000))
    const { v7 } = await import('uuid')
    await prisma().loginAs.createMany({
      data: moments.map((at, place) => ({
        resellerId: customer.resellerId,
        id: v7({ msecs: at.getTime() }),
        customerId: customer.id,
        staffId,
        mode: 'readonly' as const,
        reason: `reason number ${place}.`,
        portalSession: 'gone',
        codeHash: `${customer.id}-${place}`,
        codeExpiresAt: at,
        createdAt: at,
        enteredAt: at,
        expiresAt: at,
        endedAt: at,
        endedBy: 'exit' as const,
      })),
    })
    const first = await here.get('/console/security')
    expect(wordsOf(first)).toContain('reason number 19.')
    expect(wordsOf(first)).not.toContain('reason number 20.')
    const older = first.html.querySelector('a[rel=next]')?.getAttribute('href') ?? ''
    const second = await here.get(older)
    expect(wordsOf(second)).toContain('reason number 20.')
    expect(wordsOf(second)).toContain('reason number 22.')
    expect(wordsOf(second)).not.toContain('reason number 19.')
    expect(wordsOf(await other.here.get('/console/security'))).toContain('None yet.')
    expect((await here.get('/console/security?after=nonsense')).status).toBe(200)
  })
})

describe('browserInWords', () => {
  test.each([
    [FIREFOX, 'Firefox on Windows'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 OPR/122.0',
      'Opera on Linux',
    ],
    ['curl/8.5', 'Unknown browser'],
    ['Firefox/140.0', 'Firefox'],
    ['', 'Unknown browser'],
  ])('%s', (userAgent, words) => {
    expect(wordsFor('en')(browserInWords(userAgent))).toBe(words)
  })
})
