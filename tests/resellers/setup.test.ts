import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { passwordFits } from '../../src/people/password-hash.ts'
import { ROLE_IDS } from '../../src/people/roles.ts'
import { hostCaller } from '../../src/commands/command.ts'
import { CreateReseller } from '../../src/resellers/create-another.ts'
import { setupAddress } from '../../src/resellers/setup.ts'
import { RESERVED_SLUGS } from '../../src/resellers/slug.ts'
import { type EmptyPurser, startEmptyPurser } from '../support/purser.ts'
import { type Answer, type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: EmptyPurser

const PASSWORD = 'zebra lamp river moon'
const FIELDS = {
  reseller: 'Northwind Cloud',
  slug: 'northwind',
  currency: 'EUR',
  timeZone: 'Europe/Berlin',
  locale: 'de-DE',
  email: 'Rosa@Northwind.example',
  name: 'Rosa Owen',
  password: PASSWORD,
}

const prisma = () => purser.owner.prisma
const countResellers = () => prisma().reseller.count()

async function begin(env: Record<string, string> = {}): Promise<{ browser: Visitor; path: string }> {
  purser = await startEmptyPurser({ env })
  const { pathname, search } = new URL((await setupAddress(purser.services)) ?? '')
  return { browser: purser.visitor(), path: `${pathname}${search}` }
}

describe('set-up', () => {
  afterEach(() => purser.stop())

  test('makes the first reseller and its Owner, who is logged in; afterwards there is nothing at the address', async () => {
    const { browser, path } = await begin()
    const form = await browser.get(path)
    expect(form.status).toBe(200)
    expect(form.headers.get('Cache-Control')).toBe('no-store')
    const answer = await browser.submit(form, FIELDS)
    expect(answer.status).toBe(303)
    const list = await browser.follow(answer)
    expect(list.status).toBe(200)
    expect(list.text).toContain('Northwind Cloud')

    const [reseller] = await prisma().reseller.findMany({
      include: { roles: true, staff: { omit: { passwordHash: false } } },
    })
    expect(reseller).toMatchObject({
      slug: 'northwind',
      name: 'Northwind Cloud',
      currency: 'EUR',
      currencyScale: 2,
      timeZone: 'Europe/Berlin',
      locale: 'de-DE',
    })
    expect(reseller?.roles.map(({ id }) => id).sort()).toEqual(ROLE_IDS.toSorted())
    expect(reseller?.staff).toHaveLength(1)
    expect(reseller?.staff[0]).toMatchObject({
      email: 'rosa@northwind.example',
      name: 'Rosa Owen',
      roleId: 'owner',
      state: 'ON',
    })
    expect(await passwordFits(reseller?.staff[0]?.passwordHash, PASSWORD)).toBe(true)
    const rows = await prisma().auditRow.findMany({ orderBy: { id: 'asc' } })
    expect(rows.map(({ event }) => event)).toEqual(['reseller.created', 'staff.added', 'staff.logged_in'])
    expect(JSON.stringify(rows)).not.toContain(PASSWORD)

    expect(await setupAddress(purser.services)).toBeNull()
    expect((await browser.get(path)).status).toBe(404)
    const late = await browser.submit(form, { ...FIELDS, slug: 'second', email: 'b@b.example' })
    expect([403, 404]).toContain(late.status)
    expect(await countResellers()).toBe(1)
    const other = purser.visitor()
    const again = await other.get(path)
    expect(again.status).toBe(404)
    expect(wordsOf(again)).toContain('Purser is already set up, so this address no longer works. Log in')
    const odd = await other.get(`${path}x`)
    expect([odd.status, wordsOf(odd).includes('already set up')]).toEqual([404, false])
    await other.submit(await other.get('/login'), { email: 'rosa@northwind.example', password: PASSWORD })
    expect((await other.get('/settings')).status).toBe(200)
  })

  test('is open only to who has the token', async () => {
    const { browser, path } = await begin()
    const csrf = valueOf(await browser.get(path), 'csrf') ?? ''
    for (const token of ['', 'wrong', `${path.split('=')[1]}x`, path.split('=')[1]?.slice(0, -1) ?? '']) {
      const answer = await browser.get(`/setup?token=${token}`)
      expect(answer.status).toBe(403)
      expect(wordsOf(answer)).toContain('This set-up address is incomplete.')
      expect((await browser.post('/setup', { ...FIELDS, csrf, token })).status).toBe(403)
    }
    expect((await browser.get('/setup')).status).toBe(403)
    expect((await browser.get('/setup?token[]=x')).status).toBe(403)
    expect(await countResellers()).toBe(0)
  })

  test('a token can be fixed by SETUP_TOKEN, and then that alone opens it', async () => {
    const { browser, path } = await begin({ SETUP_TOKEN: 'chosen by the host' })
    expect(path).toBe('/setup?token=chosen+by+the+host')
    expect((await browser.get(path)).status).toBe(200)
    const derived = purser.services.keys.sign('setup', 'the first reseller')
    expect((await browser.get(`/setup?token=${derived}`)).status).toBe(403)
  })

  test('tokens cannot be tried without end', async () => {
    const { browser, path } = await begin({ SETUP_TOKEN: 'short' })
    for (let time = 0; time < 20; time++) expect((await browser.get('/setup?token=x')).status).toBe(403)
    const answer = await browser.get(path)
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
  })

  test('of many at once one is made, and the others find nothing', async () => {
    const { path } = await begin()
    const browsers = Array.from({ length: 6 }, () => purser.visitor())
    const forms = await Promise.all(browsers.map((browser) => browser.get(path)))
    const answers = await Promise.all(
      browsers.map((browser, place) =>
        browser.submit(forms[place]!, {
          ...FIELDS,
          slug: `house-${place}`,
          email: `o${place}@house.example`,
        }),
      ),
    )
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([303, 409, 409, 409, 409, 409])
    const late = answers.find(({ status }) => status === 409)
    expect(late && wordsOf(late)).toContain('Someone else has just set up Purser')
    expect(await countResellers()).toBe(1)
    expect(await prisma().staff.count()).toBe(1)
  })

  test('a reseller made by the host’s command at the same moment comes first or second, never beside it', async () => {
    const { browser, path } = await begin()
    const form = await browser.get(path)
    const made = await Promise.allSettled([
      CreateReseller.run(hostCaller(purser.services), null, {
        ...{ reseller: 'Eastgate', slug: 'eastgate', currency: 'EUR', timeZone: 'UTC', locale: 'en-GB' },
        ...{ name: 'Ed', email: 'ed@eastgate.example', noFactors: false },
      }),
      browser.submit(form, FIELDS),
    ])
    const answer = made[1].status === 'fulfilled' ? made[1].value.status : 0
    expect(made[0].status).toBe('fulfilled')
    const first = await prisma().reseller.findFirstOrThrow({ orderBy: { createdAt: 'asc' } })
    expect([answer, await countResellers(), first.slug]).toEqual(
      answer === 409 ? [409, 1, 'eastgate'] : [303, 2, 'northwind'],
    )
  })

  test('takes names that Intl knows by another name, in their own spelling', async () => {
    const { browser, path } = await begin()
    const answer = await browser.submit(await browser.get(path), {
      ...FIELDS,
      timeZone: 'asia/kolkata',
      locale: 'EN-in',
      currency: 'jpy',
    })
    expect(answer.status).toBe(303)
    const [reseller] = await prisma().reseller.findMany()
    expect(reseller).toMatchObject({ locale: 'en-IN', currency: 'JPY', currencyScale: 0 })
    expect(reseller?.timeZone.toLowerCase()).toBe('asia/kolkata')
  })

  test('until then, the login says where to begin', async () => {
    const { browser, path } = await begin()
    const page = await browser.get('/login')
    expect(wordsOf(page)).toContain('Purser is not set up yet')
    expect(page.html.querySelector('form')).toBeNull()
    const answer = await browser.submit(await browser.get(path), FIELDS)
    expect(flashOf(await browser.follow(answer))).toContain('is set up')
    expect(wordsOf(await purser.visitor().get('/login'))).toContain('Log in')
  })
})

test('no word of an address can be a reseller’s short name', async () => {
  const { paths } = await import('../../src/paths.ts')
  const calls = Object.values(paths) as ((...args: unknown[]) => string)[]
  const thing = { id: 'ID', shown: 'SHOWN', at: 'charges' }
  const addresses = calls.map((path) =>
    path.length === 0 || path === paths.customers ? path() : path(thing, thing),
  )
  const words = addresses
    .flatMap((address) => address.split(/[/?&=.]/))
    .filter((word) => /^[a-z][a-z-]*$/.test(word))
  expect(words.length).toBeGreaterThan(40)
  expect(
    [...new Set(words)].filter(
      (word) =>
        !RESERVED_SLUGS.has(word) && !['export', 'csv', 'pdf', 'id', 'shown', 'at', 'object'].includes(word),
    ),
  ).toEqual([])
})

describe('a form of set-up that does not fit', () => {
  let browser: Visitor
  let path: string
  let refused: Answer
  beforeAll(async () => {
    ;({ browser, path } = await begin())
  })
  afterAll(() => purser.stop())

  test.each([
    ['reseller', ' ', /This field is required/],
    ['slug', 'North Wind', /lowercase letters, digits and hyphens/],
    ['slug', '-north', /lowercase letters/],
    ['slug', 'x'.repeat(41), /at most 40/],
    ['slug', 'login', /This short name is reserved/],
    ['currency', 'XXX', /Choose a currency/],
    ['currency', '', /Choose a currency/],
    ['timeZone', 'Mars/Olympus', /Choose a time zone/],
    ['timeZone', '+02:00', /Choose a time zone/],
    ['locale', 'klingon', /Choose a language/],
    ['locale', 'en-u-nu-arab', /Choose a language/],
    ['email', 'rosa', /Enter an e-mail address/],
    ['name', '', /This field is required/],
    ['password', 'too short', /at least 15/],
    ['password', 'passwordpassword', /easy to guess/],
  ])('a wrong %s (%s) is a sentence at the field, and nothing is lost', async (field, value, sentence) => {
    const answer = await browser.submit(await browser.get(path), { ...FIELDS, [field]: value })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toMatch(sentence)
    for (const [name, typed] of Object.entries(FIELDS)) {
      if (name !== 'password' && name !== field) expect(valueOf(answer, name)).toBe(typed)
    }
    expect(answer.text).not.toContain(PASSWORD)
    expect(await countResellers()).toBe(0)
    refused = answer
  })

  test('does it once it is put right', async () => {
    expect((await browser.submit(refused, FIELDS)).status).toBe(303)
  })
})
