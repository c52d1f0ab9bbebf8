import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { eventRows, linkRows, mailRows } from '../support/rows.ts'
import { flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma

describe('the overview', () => {
  test('shows balance, credits, team and the latest movements, and nothing that is the staff’s', async () => {
    const customer = await makeCustomer(purser.northwind, {
      password: PASSWORD,
      balance: 123_450n,
      credits: 2_500n,
      teamName: 'Team Rocket',
      teamType: 'enterprise',
      externalReference: 'EXT-4711',
    })
    const overview = await (await purser.asCustomer(customer)).get('/console')
    const words = wordsOf(overview)
    expect(words).toContain('1,234.50')
    expect(words).toContain('25.00')
    expect(words).toContain('Team Rocket')
    expect(words).toContain('Enterprise')
    expect(words).toContain('+1,234.50')
    expect(words).not.toContain('Complete your registration')
    // The comment of the postings that set the scene, and who posted them.
    for (const secret of ['set up', 'EXT-4711', '>test<']) expect(overview.text).not.toContain(secret)
  })

  test('is in the reseller’s money and language', async () => {
    const customer = await makeCustomer(purser.eastgate, { password: PASSWORD, balance: 1_234n })
    const browser = purser.visitor()
    const login = await browser.get('/console/eastgate/login')
    await browser.submit(login, { email: customer.email, password: PASSWORD })
    const overview = await browser.get('/console')
    expect(wordsOf(overview)).toMatch(/1,234.JPY/)
    expect(overview.html.querySelector('html')?.getAttribute('lang')).toBe('en')
    expect(overview.html.querySelector('header')?.textContent).toContain('Eastgate')
  })

  test('says what registration still needs, and leads there', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD, teamType: 'default' })
    const browser = await purser.asCustomer(customer)
    const overview = await browser.get('/console')
    expect(wordsOf(overview)).toContain('Verify your e-mail address')
    expect(wordsOf(overview)).toContain('Add the billing profile')
    const links = overview.html.querySelectorAll('.to-do a').map((a) => a.getAttribute('href'))
    expect(links).toEqual(['/console/billing-profile'])
    await prisma().customer.updateMany({ where: { id: customer.id }, data: { emailVerifiedAt: new Date() } })
    expect(wordsOf(await browser.get('/console'))).toContain('E-mail address verified')
  })

  test('an address that the console has not is missing there, and does not ask for the staff’s login', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = await purser.asCustomer(customer)
    for (const address of ['/console/nothing-here', '/console/billing/nothing']) {
      const answer = await browser.get(address)
      expect(answer.status).toBe(404)
      expect(wordsOf(answer)).toContain('This page does not exist.')
      expect(answer.html.querySelector('main a')?.getAttribute('href')).toBe('/console')
    }
    expect((await purser.visitor().get('/console/nothing-here')).location).toMatch(/^\/console\/login/)
  })
})

describe('the verification mail', () => {
  const unverified = () => makeCustomer(purser.northwind, { password: PASSWORD, teamType: 'default' })

  test('is sent again by a button, once within a minute', async () => {
    const customer = await unverified()
    const browser = await purser.asCustomer(customer)
    const overview = await browser.get('/console')
    const answer = await browser.submit(overview, {}, { action: '/verification' })
    expect([answer.status, answer.location]).toEqual([303, '/console'])
    expect(flashOf(await browser.follow(answer))).toContain(
      `A verification link is on its way to ${customer.email}`,
    )
    await browser.submit(overview, {}, { action: '/verification' })
    expect(flashOf(await browser.get('/console'))).toContain('a moment ago')
    expect(await mailRows(purser.northwind, customer)).toMatchObject([{ template: 'verify-email' }])
    expect(await linkRows(purser.northwind, customer)).toHaveLength(1)
    expect(await eventRows(purser.northwind, customer, 'customer.verification_sent')).toMatchObject([
      { actorKind: 'customer', actorId: customer.id },
    ])
  })

  test('is not needed twice: 409 in words', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = await purser.asCustomer(customer)
    const csrf = valueOf(await browser.get('/console/profile'), 'csrf') ?? ''
    const answer = await browser.post('/console/verification', { csrf })
    expect(answer.status).toBe(409)
    expect(wordsOf(answer)).toContain('already verified')
  })
})
