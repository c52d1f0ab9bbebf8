import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeLink } from '../../src/people/one-time-link.ts'
import { type Member, PASSWORD } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const NEW = 'zebra lamp river moon'
const prisma = () => purser.owner.prisma

async function logIn({ email }: Member, password: string) {
  const browser = purser.visitor()
  return (await browser.submit(await browser.get('/login'), { email, password })).status
}

describe('own password', () => {
  test('is changed, this browser stays logged in under a new id, all others are out', async () => {
    const { owner } = purser.northwind.staff
    const [here, elsewhere] = [await purser.as(owner), await purser.as(owner)]
    const before = here.cookies.get('purser-portal')
    await makeLink(prisma(), {
      resellerId: purser.northwind.reseller.id,
      purpose: 'set_password',
      delivery: 'mailed',
      person: { staffId: owner.id },
      email: owner.email,
      minutes: 30,
    })
    const answer = await here.submit(await here.get('/account/password'), {
      current: PASSWORD,
      password: NEW,
    })
    expect(answer.status).toBe(303)
    expect((await here.get('/customers')).status).toBe(200)
    expect(here.cookies.get('purser-portal')).not.toBe(before)
    expect((await elsewhere.get('/customers')).location).toMatch(/^\/login/)
    expect(await logIn(owner, PASSWORD)).toBe(422)
    expect(await logIn(owner, NEW)).toBe(303)
    const link = await prisma().oneTimeLink.findFirstOrThrow({ where: { staffId: owner.id } })
    expect(link.revokedAt).not.toBeNull()
    const rows = await prisma().auditRow.findMany({ where: { event: 'staff.password_changed' } })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ actorId: owner.id, details: {} })
    expect(JSON.stringify(await prisma().auditRow.findMany())).not.toContain(NEW)
  })

  test('a wrong current one is a sentence at its field, and changes nothing', async () => {
    const { admin } = purser.northwind.staff
    const browser = await purser.as(admin)
    const answer = await browser.submit(await browser.get('/account/password'), {
      current: 'not the password',
      password: NEW,
    })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'current')).toBe('This is not your current password.')
    expect(answer.text).not.toContain(NEW)
    expect(await logIn(admin, PASSWORD)).toBe(303)
  })

  test('cannot be guessed from an open browser: ten wrong ones, then no more for a while', async () => {
    const { support } = purser.northwind.staff
    const browser = await purser.as(support)
    const form = await browser.get('/account/password')
    for (let time = 0; time < 10; time++) {
      expect((await browser.submit(form, { current: 'not the password', password: NEW })).status).toBe(422)
    }
    const answer = await browser.submit(form, { current: PASSWORD, password: NEW })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(wordsOf(answer)).toContain('Try again in 15 minutes')
    expect(await logIn(support, PASSWORD)).toBe(303)
  })

  test.each([
    ['too short', 'fourteen chars', /at least 15 characters/],
    ['common', 'passwordpassword', /easy to guess/],
    ['the address', 'finance@northwind.example', /name or address/],
    ['the same as before', PASSWORD, /already your password/],
  ])('a new one that is %s is a sentence at its field', async (_what, password, sentence) => {
    const { finance } = purser.northwind.staff
    const browser = await purser.as(finance)
    const answer = await browser.submit(await browser.get('/account/password'), {
      current: PASSWORD,
      password,
    })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'password')).toMatch(sentence)
    expect(await logIn(finance, PASSWORD)).toBe(303)
  })

  test('of two changes at once one holds', async () => {
    const { auditor } = purser.northwind.staff
    const browsers = await Promise.all([purser.as(auditor), purser.as(auditor)])
    const forms = await Promise.all(browsers.map((browser) => browser.get('/account/password')))
    const passwords = ['zebra lamp river moon', 'cloud tin paper anchor']
    const answers = await Promise.all(
      browsers.map((browser, place) =>
        browser.submit(forms[place]!, { current: PASSWORD, password: passwords[place]! }),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    const won = passwords[statuses.indexOf(303)] as string
    expect(await logIn(auditor, won)).toBe(303)
    expect(
      await prisma().auditRow.count({ where: { event: 'staff.password_changed', actorId: auditor.id } }),
    ).toBe(1)
  })
})
