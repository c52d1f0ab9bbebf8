import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLE_IDS } from '../../src/people/roles.ts'
import { runCommand } from '../support/command.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const FLAGS = {
  name: 'Westwind',
  slug: 'westwind',
  currency: 'CHF',
  'time-zone': 'Europe/Zurich',
  locale: 'de-CH',
  email: 'Wilma@Westwind.example',
  'owner-name': 'Wilma West',
}

const without = (flag: keyof typeof FLAGS) =>
  Object.fromEntries(Object.entries(FLAGS).filter(([name]) => name !== flag))

function run(flags: Partial<typeof FLAGS> & Record<string, string>, further: readonly string[] = []) {
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
  return runCommand('reseller:create', [...words, ...further], {
    APP_KEY: Buffer.alloc(32, 7).toString('base64'),
    DATABASE_URL: purser.database.appUrl,
    DATABASE_OWNER_URL: purser.database.ownerUrl,
  })
}

// Each command is a process that npm starts, which takes its time on a busy machine.
describe('npm run reseller:create', { timeout: 120_000 }, () => {
  test('makes another reseller, whose Owner sets a password by the printed link', async () => {
    const { code, out, err } = await run(FLAGS)
    expect([code, err]).toEqual([0, ''])
    const address = out.trim().split('\n').at(-1) ?? ''
    const { prisma } = purser.owner
    const reseller = await prisma.reseller.findUniqueOrThrow({
      where: { slug: 'westwind' },
      include: { staff: true, roles: true },
    })
    expect(reseller).toMatchObject({
      name: 'Westwind',
      currency: 'CHF',
      timeZone: 'Europe/Zurich',
      locale: 'de-CH',
    })
    expect(reseller.roles).toHaveLength(ROLE_IDS.length)
    expect(reseller.staff).toMatchObject([
      { email: 'wilma@westwind.example', roleId: 'owner', passwordMark: null },
    ])
    const rows = await prisma.auditRow.findMany({
      where: { resellerId: reseller.id },
      orderBy: { id: 'asc' },
    })
    expect(rows.map(({ event }) => event)).toEqual([
      'reseller.created',
      'staff.added',
      'staff.password_link_made',
    ])

    const browser = purser.visitor()
    const form = await browser.get(new URL(address).pathname)
    await browser.submit(form, { password: 'zebra lamp river moon' })
    await browser.submit(await browser.get('/login'), {
      email: 'wilma@westwind.example',
      password: 'zebra lamp river moon',
    })
    const staff = await browser.get('/staff')
    expect(staff.text).toContain('Wilma West')
    expect(staff.text).not.toContain('northwind.example')
  })

  test('names everything that is missing or wrong, and makes nothing', async () => {
    const before = await purser.services.database.prisma.reseller.count()
    const missing = await run({ ...without('slug'), currency: 'XYZ' })
    expect(missing.code).toBe(1)
    expect(missing.err).toBe('--slug: This field is required.\n--currency: Choose a currency, such as EUR.\n')
    const unknown = await run({ nonsense: 'x' })
    expect(unknown.code).toBe(1)
    expect(unknown.err).toMatch(/--nonsense.*\nUsage: npm run reseller:create -- --name/s)
    expect(await purser.services.database.prisma.reseller.count()).toBe(before)
  })

  test('--no-factors: no role requires a second factor, now or later; without it, some do in seven days', async () => {
    const facts = { slug: 'nofactors', email: 'nora@nofactors.example' }
    expect((await run({ ...FLAGS, ...facts }, ['--no-factors'])).code).toBe(0)
    const made = await purser.owner.prisma.reseller.findMany({
      where: { slug: { in: ['nofactors', 'westwind'] } },
      include: { roles: { where: { requiresFactor: true } } },
      orderBy: { slug: 'asc' },
    })
    expect(made.map(({ factorsRequiredAt, roles }) => [factorsRequiredAt !== null, roles.length])).toEqual([
      [false, 0],
      [true, 3],
    ])
  })

  test.each([
    [
      'slug',
      { slug: 'northwind', email: 'new@westwind.example' },
      '--slug: This short name is taken. Choose another one.\n',
    ],
    [
      'email',
      { slug: 'other', email: 'owner@northwind.example' },
      '--email: This address cannot be added because it is already used to log in to Purser.\n',
    ],
  ])('a %s that is taken is a sentence', async (_what, flags, sentence) => {
    expect(await run({ ...FLAGS, ...flags })).toEqual({ code: 1, out: '', err: sentence })
  })
})
