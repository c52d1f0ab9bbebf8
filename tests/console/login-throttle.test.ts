import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer, passwordHashOf } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { eventRows } from '../support/rows.ts'
import type { Visitor } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ env: { TRUST_PROXY: 'loopback' } })
})
afterAll(() => purser.stop())
beforeEach(() => prisma().throttle.deleteMany())

const prisma = () => purser.owner.prisma
const WRONG = 'not the password at all'
const OTHER = 'zebra lamp river moon'
const SHARED = '/console/login'
const NAMED = '/console/northwind/login'

let counted = 0
const newAddress = () => `somebody-${++counted}@customer.example`

interface From {
  door?: string
  ip?: string
  browser?: Visitor
}

/** Logs in, with a new browser unless one is named, and gives what came of it. */
async function logIn(
  email: string,
  password: string,
  { door = SHARED, ip = '198.51.100.1', browser = purser.visitor() }: From = {},
) {
  const form = await browser.get(door)
  const answer = await browser.submit(form, { email, password }, { headers: { 'X-Forwarded-For': ip } })
  return answer.location ?? answer.status
}

async function failTimes(times: number, email: string, from?: From) {
  const said = []
  for (let time = 0; time < times; time++) said.push(await logIn(email, WRONG, from))
  return said
}

/** As if what has happened once had happened nine times. */
async function eightMore() {
  const { count } = await prisma().throttle.updateMany({ where: { points: 1 }, data: { points: 9 } })
  expect(count).toBeGreaterThan(0)
}

/** Fails once, then as if it had eight more times, and twice more: the tenth is the last that is tried. */
async function failToTheEnd(email: string, from?: From) {
  const said = await failTimes(1, email, from)
  await eightMore()
  return [...said, ...(await failTimes(2, email, from))]
}
const TO_THE_END = [422, 422, 429]

/** An address of each kind that a stranger might want to tell from the others. */
const KINDS: Readonly<Record<string, () => Promise<string>>> = {
  'nobody’s': async () => newAddress(),
  'a customer’s': async () => (await makeCustomer(purser.northwind, { password: PASSWORD })).email,
  'a customer’s elsewhere': async () => (await makeCustomer(purser.eastgate, { password: PASSWORD })).email,
  'a customer’s of two': async () => (await twins(PASSWORD, OTHER)).email,
}

async function twins(atNorthwind: string, atEastgate: string) {
  const email = newAddress()
  const north = await makeCustomer(purser.northwind, { email, password: atNorthwind })
  const east = await makeCustomer(purser.eastgate, { email, password: atEastgate })
  return { north, east, email }
}

describe.each(Object.keys(KINDS))('with an address that is %s', (kind) => {
  test.each([
    ['the shared door first', SHARED, NAMED],
    ['a reseller’s own first', NAMED, SHARED],
  ])('%s: what is refused at one door tells nothing of the other', async (_order, first, second) => {
    const email = (await KINDS[kind]?.()) ?? ''
    expect(await failToTheEnd(email, { door: first })).toEqual(TO_THE_END)
    expect(await failToTheEnd(email, { door: second })).toEqual(TO_THE_END)
  })

  test('an attempt costs its network one', async () => {
    await failTimes(2, (await KINDS[kind]?.()) ?? '')
    const rows = await prisma().throttle.findMany({ where: { key: { startsWith: 'login-network:' } } })
    expect(rows.map(({ points }) => points)).toEqual([2])
  })
})

describe('at the door that all resellers share', () => {
  test('getting in costs nothing and wipes nothing', async () => {
    const { email } = await makeCustomer(purser.northwind, { password: PASSWORD })
    await failTimes(1, email)
    await eightMore()
    for (let time = 0; time < 3; time++) expect(await logIn(email, PASSWORD)).toBe('/console')
    expect(await failTimes(2, email)).toEqual([422, 429])
    expect(await logIn(email, PASSWORD, { ip: '203.0.113.7' })).toBe('/console')
  })

  test('whoever has an account of the address elsewhere cannot guess on by getting in there', async () => {
    const { email } = await twins(PASSWORD, OTHER)
    expect(await logIn(email, OTHER)).toBe('/console')
    await eightMore()
    expect(await logIn(email, OTHER)).toBe('/console')
    // The guess is right, and as good as any: northwind's account is not tried any more.
    const passwordHash = await passwordHashOf(PASSWORD)
    await prisma().customer.updateMany({
      where: { email, resellerId: purser.eastgate.reseller.id },
      data: { passwordHash },
    })
    expect(await logIn(email, PASSWORD)).toBe('/console')
    // From elsewhere, where nobody has guessed, it is.
    expect(await logIn(email, PASSWORD, { ip: '203.0.113.7' })).toBe('/console/login/choice')
  })

  test('who is kept out so is told no more than that it did not fit, and the log says why', async () => {
    const { north, email } = await twins(PASSWORD, OTHER)
    await logIn(email, OTHER)
    await eightMore()
    await logIn(email, OTHER)
    expect(await logIn(email, PASSWORD)).toBe(422)
    const rows = await eventRows(purser.northwind, north, 'customer.login_failed')
    expect(rows.map(({ details }) => details)).toMatchObject([{ email, why: 'throttled' }])
    expect(await logIn(email, PASSWORD, { door: NAMED })).toBe('/console')
  })
})

describe.each([false, true])(
  'a browser that was in, of an address with an account elsewhere: %s',
  (hasTwin) => {
    async function known() {
      const { email } = await makeCustomer(purser.northwind, { password: PASSWORD })
      if (hasTwin) await makeCustomer(purser.eastgate, { email, password: OTHER })
      const browser = purser.visitor()
      await logIn(email, PASSWORD, { browser })
      const mark = browser.cookies.get('purser-console-device') ?? ''
      /** The same browser, before anybody logs in with it. */
      const again = () => {
        const same = purser.visitor()
        same.cookies.set('purser-console-device', mark)
        return same
      }
      return { email, again }
    }

    test('is not kept out by strangers, has its own limit, and shuts nobody else out', async () => {
      const { email, again } = await known()
      await failToTheEnd(email)
      expect(await logIn(email, PASSWORD, { browser: again() })).toBe('/console')
      expect(await failToTheEnd(email, { browser: again() })).toEqual(TO_THE_END)
      expect(await logIn(email, PASSWORD, { browser: again() })).toBe(429)
      expect(await logIn(email, PASSWORD, { ip: '203.0.113.7' })).toBe('/console')
    })

    test('has one limit at both doors', async () => {
      const { email, again } = await known()
      await failTimes(5, email, { browser: again() })
      await failTimes(5, email, { browser: again(), door: NAMED })
      expect(await logIn(email, PASSWORD, { browser: again() })).toBe(429)
      expect(await logIn(email, PASSWORD, { browser: again(), door: NAMED })).toBe(429)
    })
  },
)

test('a known browser’s limit is not wiped by getting in at another reseller', async () => {
  const { email } = await twins(PASSWORD, OTHER)
  const browser = purser.visitor()
  await logIn(email, PASSWORD, { browser, door: NAMED })
  const mark = browser.cookies.get('purser-console-device') ?? ''
  for (const isLast of [false, true]) {
    const same = purser.visitor()
    same.cookies.set('purser-console-device', mark)
    expect(await logIn(email, OTHER, { browser: same })).toBe('/console')
    if (!isLast) await eightMore()
  }
  const last = purser.visitor()
  last.cookies.set('purser-console-device', mark)
  expect(await logIn(email, PASSWORD, { browser: last })).toBe(429)
})
