import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { networkOf } from '../../src/people/throttle.ts'
import { type Member, PASSWORD } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  // So that a test can come from any address.
  purser = await startPurser({ env: { TRUST_PROXY: 'loopback' } })
})
afterAll(() => purser.stop())
afterEach(() => purser.owner.prisma.throttle.deleteMany())

const WRONG = 'not the password at all'

async function logIn(
  browser: Visitor,
  { email }: Pick<Member, 'email'>,
  password: string,
  ip: string,
): Promise<Answer> {
  return browser.submit(
    await browser.get('/login'),
    { email, password },
    { headers: { 'X-Forwarded-For': ip } },
  )
}

async function failTimes(times: number, member: Pick<Member, 'email'>, ip: string) {
  const browser = purser.visitor()
  const form = await browser.get('/login')
  const statuses = []
  for (let time = 0; time < times; time++) {
    const fields = { email: member.email, password: WRONG }
    statuses.push((await browser.submit(form, fields, { headers: { 'X-Forwarded-For': ip } })).status)
  }
  return statuses
}

/** The only counter of a kind: how far it is. */
async function pointsOf(limit: string): Promise<number> {
  const [row, ...others] = await purser.services.database.prisma.throttle.findMany({
    where: { key: { startsWith: `${limit}:` } },
  })
  expect(others).toEqual([])
  return row?.points ?? 0
}

/** Puts the counters of a kind where so many failures would have left them. */
async function leave(limit: string, points: number) {
  const where = { key: { startsWith: `${limit}:` } }
  expect((await purser.owner.prisma.throttle.updateMany({ where, data: { points } })).count).toBe(1)
}

describe('the throttle of logins', () => {
  test('refuses after ten failures, in words, and keeps what was typed but not the password', async () => {
    const { owner } = purser.northwind.staff
    expect(await failTimes(11, owner, '203.0.113.1')).toEqual([...Array<number>(10).fill(422), 429])
    const answer = await logIn(purser.visitor(), owner, PASSWORD, '203.0.113.1')
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(800)
    expect(wordsOf(answer)).toContain('Too many attempts have failed. Try again in 15 minutes')
    expect(valueOf(answer, 'email')).toBe(owner.email)
    expect(answer.text).not.toContain(PASSWORD)
  })

  test('counts failures only: whoever gets in starts afresh', async () => {
    const { finance } = purser.northwind.staff
    for (let round = 0; round < 2; round++) {
      await failTimes(9, finance, '203.0.113.3')
      expect((await logIn(purser.visitor(), finance, PASSWORD, '203.0.113.3')).status).toBe(303)
    }
    expect(
      await purser.services.database.prisma.throttle.count({ where: { key: { startsWith: 'login-pair' } } }),
    ).toBe(0)
    expect(await pointsOf('login-network')).toBe(18)
  })

  test('a stranger with a thousand networks does not keep the owner’s own browser out', async () => {
    const { owner } = purser.northwind.staff
    const known = purser.visitor()
    expect((await logIn(known, owner, PASSWORD, '198.51.100.2')).status).toBe(303)
    await known.submit(await known.get('/customers'), {}, { action: '/logout' })

    await failTimes(1, owner, '203.0.113.50')
    await leave('login-account', 99)
    expect(await failTimes(1, owner, '203.0.113.51')).toEqual([422])
    const fresh = await logIn(purser.visitor(), owner, PASSWORD, '198.51.100.3')
    expect(fresh.status).toBe(429)
    expect((await logIn(known, owner, PASSWORD, '203.0.113.50')).status).toBe(303)
  })

  test('what one network alone can do does not reach the account’s own limit', async () => {
    const { admin } = purser.northwind.staff
    await failTimes(40, admin, '203.0.113.5')
    expect(await pointsOf('login-account')).toBe(10)
  })

  test('a known browser has its own limit, and its mark is good for its own account only', async () => {
    const { owner, admin } = purser.northwind.staff
    const known = purser.visitor()
    await logIn(known, owner, PASSWORD, '198.51.100.4')
    await known.submit(await known.get('/customers'), {}, { action: '/logout' })
    await failTimes(11, admin, '203.0.113.6')
    expect((await logIn(known, admin, PASSWORD, '203.0.113.6')).status).toBe(429)
    for (let time = 0; time < 10; time++)
      expect((await logIn(known, owner, WRONG, '198.51.100.4')).status).toBe(422)
    expect((await logIn(known, owner, PASSWORD, '198.51.100.4')).status).toBe(429)
    // Another browser is none the worse for it.
    expect((await logIn(purser.visitor(), owner, PASSWORD, '198.51.100.4')).status).toBe(303)
  })

  test('a mark that was made up, or for somebody else, is none', async () => {
    const { owner } = purser.northwind.staff
    await failTimes(11, owner, '203.0.113.7')
    const browser = purser.visitor()
    await browser.get('/login')
    for (const mark of ['x', 'nonce.signature', `${'a'.repeat(22)}.${'b'.repeat(43)}`, '.']) {
      browser.cookies.set('purser-device', mark)
      expect((await logIn(browser, owner, PASSWORD, '203.0.113.7')).status).toBe(429)
    }
  })

  test('many at once are no way around it', async () => {
    const { support } = purser.northwind.staff
    const browser = purser.visitor()
    const form = await browser.get('/login')
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        browser.submit(
          form,
          { email: support.email, password: WRONG },
          { headers: { 'X-Forwarded-For': '203.0.113.8' } },
        ),
      ),
    )
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(10)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20)
  })

  test('one network is stopped also when it tries many accounts', async () => {
    const browser = purser.visitor()
    const form = await browser.get('/login')
    const fail = async (email: string) => {
      const headers = { 'X-Forwarded-For': '2001:db8::1' }
      return (await browser.submit(form, { email, password: WRONG }, { headers })).status
    }
    for (const place of [1, 2, 3]) expect(await fail(`a${place}@b.example`)).toBe(422)
    expect(await pointsOf('login-network')).toBe(3)
    await leave('login-network', 99)
    expect(await fail('the-last@b.example')).toBe(422)
    expect(await fail('one-more@b.example')).toBe(429)
    // Another address of the same household does not help.
    expect((await logIn(browser, { email: 'c@d.example' }, WRONG, '2001:db8::ffff:1')).status).toBe(429)
  })

  test('the limit ends by itself', async () => {
    const { owner } = purser.northwind.staff
    await failTimes(11, owner, '203.0.113.9')
    await purser.owner.prisma.throttle.updateMany({ data: { expire: BigInt(Date.now() - 1) } })
    expect((await logIn(purser.visitor(), owner, PASSWORD, '203.0.113.9')).status).toBe(303)
  })

  test('no account and no address is stored in clear', async () => {
    await failTimes(1, purser.northwind.staff.owner, '203.0.113.10')
    const rows = await purser.services.database.prisma.throttle.findMany()
    const text = rows.map(({ key }) => key).join(' ')
    expect(rows.length).toBeGreaterThan(2)
    expect(text).not.toMatch(/northwind|203\.0\.113/)
  })
})

describe('networkOf', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network)
  })
})
