import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bound } from '../../src/actions/form.ts'
import { CreateReseller } from '../../src/resellers/create-another.ts'
import { hostCaller } from '../../src/commands/command.ts'
import { ROLE_IDS, type RoleId } from '../../src/people/roles.ts'
import { formatsFor } from '../../src/words/format.ts'
import { type Member, PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { byEach, doorOf, enter, isInConsole, otherwise, seen } from '../support/doors.ts'
import { addApp, addFirstApp, isShutOut, logInByCode, codeOf, requireFactors } from '../support/factors.ts'
import { askToEnter, enter as enterConsole } from '../support/login-as.ts'
import { freshProofs } from '../support/proof.ts'
import { type EmptyPurser, type RunningPurser, startEmptyPurser, startPurser } from '../support/purser.ts'
import { OTHER_METHODS, listRoutes } from '../support/routes.ts'
import { changedSince, tableDigests } from '../support/rows.ts'
import { addressesOf, makeFactor } from '../support/scene.ts'
import { statementsOf } from '../support/statements.ts'
import { type Filled, filledForm } from '../support/typed.ts'
import {
  type Answer,
  type Visitor,
  filledIn,
  flashOf,
  refusalOf,
  tokenOf,
  wordsOf,
} from '../support/visit.ts'

let purser: RunningPurser
/** Another process on the same database. */
let other: EmptyPurser
beforeAll(async () => {
  purser = await startPurser()
  other = await startEmptyPurser({ database: { ...purser.database, drop: async () => {} } })
})
afterAll(async () => {
  await other.stop()
  await purser.stop()
})
beforeEach(() => requireFactors(purser.northwind, 7 * 24 * 60))

const prisma = () => purser.owner.prisma
const NONE_GOOD = 'None of your second factors works any more'
const noticeOn = ({ html }: Answer) =>
  html.querySelector('.required-factor')?.textContent.replace(/\s+/g, ' ').trim() ?? ''

async function someone(role: RoleId = 'admin') {
  const member = await makeMember(purser.northwind, role)
  return { member, browser: await purser.as(member) }
}

/** From now on it is required of whom it concerns. */
const comeDue = () => requireFactors(purser.northwind, -1)

describe('before the date', () => {
  test('it is seven days after set-up, for Owner, Admin and Finance', async () => {
    const { id } = purser.eastgate.reseller
    const { createdAt, factorsRequiredAt, roles } = await prisma().reseller.findUniqueOrThrow({
      where: { id },
      include: { roles: true },
    })
    expect(factorsRequiredAt?.getTime()).toBe(createdAt.getTime() + 7 * 24 * 60 * 60_000)
    const required = roles.filter(({ requiresFactor }) => requiresFactor).map((role) => role.id)
    expect(required.sort()).toEqual(['admin', 'finance', 'owner'])
  })

  test.each(ROLE_IDS)(
    'it is told on every page of the %s, where it concerns them, with the link',
    async (role) => {
      const { browser } = await someone(role)
      await purser.owner.pool.query('update resellers set factors_required_at = $2 where id = $1', [
        purser.northwind.reseller.id,
        '2099-12-31T23:30:00Z',
      ])
      const pages = [
        '/account',
        '/account/password',
        '/customers',
        '/account/factors',
        '/nothing-here',
        '/tags',
      ]
      for (const page of pages) {
        const answer = await browser.get(page)
        const isConcerned = ['owner', 'admin', 'finance'].includes(role)
        // In Berlin it is the next day by then.
        const says = `From 1 Jan 2100, 00:30 on, your role requires a second factor`
        expect([page, noticeOn(answer).startsWith(says)]).toEqual([page, isConcerned])
        const link = answer.html.querySelector('.required-factor a[href="/account/factors"]')
        expect([page, link !== null]).toEqual([page, isConcerned && page !== '/account/factors'])
      }
    },
  )

  test('nobody who has one is told, and it costs no statement', async () => {
    const { browser } = await someone()
    const before = await statementsOf(() => browser.get('/account/password'))
    expect(noticeOn(await browser.get('/account/password'))).not.toBe('')
    await addApp(purser, browser)
    expect(noticeOn(await browser.get('/account/password'))).toBe('')
    await requireFactors(purser.northwind, null)
    expect(await statementsOf(() => browser.get('/account/password'))).toBe(before)
  })
})

/** What somebody without a factor reaches, after the date, of what asks for a login. */
const OPEN_STILL = [
  'GET /account/factors',
  'POST /account/factors',
  'GET /account/factors/new',
  'GET /account/factors/passkeys',
  'POST /account/factors/passkeys',
  'GET /account/factors/passkeys/new',
  'GET /account/factors/recovery-codes',
  'POST /account/factors/recovery-codes',
  'GET /account/factors/:id/name',
  'POST /account/factors/:id/name',
  'GET /account/factors/:id/removal',
  'POST /account/factors/:id/removal',
  'GET /account/proof',
  'POST /account/proof',
]

describe('after the date', () => {
  /** One address for each route: who gets no further than to the set-up uses nothing up. */
  let filled: (path: string) => Promise<string>
  beforeAll(() => {
    filled = addressesOf(purser, purser.northwind)
  })
  const closed = () =>
    listRoutes(purser.services).filter(
      (route) =>
        !isInConsole(route) &&
        doorOf(route) !== 'open' &&
        !['/logout', '/verify/:token'].includes(route.path),
    )

  test.each(['owner', 'admin', 'finance'] as const)(
    'the %s reaches nothing but the set-up, and nothing is done',
    async (role) => {
      const { browser } = await someone(role)
      const routes = closed()
      for (const { path } of routes) await filled(path)
      await tokenOf(browser)
      await comeDue()
      const before = await tableDigests(purser)
      const reached: string[] = []
      const ways = [...routes, ...byEach(routes, ['HEAD'])]
      for (const way of ways.filter(({ method, path }) => !OPEN_STILL.includes(`${method} ${path}`))) {
        const answer = await enter(browser, way, await filled(way.path))
        const isOut = way.method === 'HEAD' ? answer.location === '/account/factors' : isShutOut(answer)
        if (!isOut) reached.push(`${way.method} ${way.path}: ${seen(answer)}`)
      }
      // A HEAD of what is open still.
      expect(reached.filter((one) => !/^HEAD \/account\/(factors|proof)/.test(one))).toEqual([])
      // Another way to write them.
      for (const address of ['/CUSTOMERS', '/customers/', '/customers?q=a', '/Settings', '/account'])
        expect([address, isShutOut(await browser.get(address))]).toEqual([address, true])
      expect(await changedSince(before, purser)).toEqual(
        expect.not.arrayContaining(['audit_rows', 'postings']),
      )
      const changed = (await changedSince(before, purser)).filter((table) => table !== 'sessions')
      expect(changed).toEqual([])
    },
  )

  test('nor is anything reached or done by a method that no page sends', async () => {
    const { browser } = await someone('owner')
    const routes = closed()
    for (const { path } of routes) await filled(path)
    await tokenOf(browser)
    await comeDue()
    const before = await tableDigests(purser)
    const reached = await otherwise(byEach(routes, OTHER_METHODS), async (way) => {
      const answer = await enter(browser, way, await filled(way.path))
      return answer.status === 403 || /^\/account\/(factors|proof)/.test(way.path) ? null : seen(answer)
    })
    expect(reached).toEqual([])
    expect((await changedSince(before, purser)).filter((table) => table !== 'sessions')).toEqual([])
  })

  test('no form that was open in time is acted upon; each comes back with what was typed', async () => {
    const { browser, member } = await someone('owner')
    const posts = bound.filter(({ method, of }) => method === 'POST' && typeof of.may !== 'string')
    const forms: (Filled & { at: string })[] = []
    for (const { at } of posts) {
      const form = await filledForm(purser, purser.northwind, browser, at)
      forms.push({ at, ...form })
    }
    expect(forms.length).toBeGreaterThan(30)
    await comeDue()
    await freshProofs(purser)
    const before = await tableDigests(purser)
    for (const { at, address, fields } of forms) {
      const answer = await browser.post(address, fields)
      expect([at, isShutOut(answer)]).toEqual([at, true])
      const kept = answer.html.querySelector(`form[method="post"][action="${address}"]`)
      const typed = Object.entries(fields).filter(
        ([name]) => !/password|^current$|^token$|^code$|^csrf$/i.test(name),
      )
      const { csrf, ...again } = kept ? filledIn(kept) : {}
      expect([at, again, csrf !== undefined]).toEqual([at, Object.fromEntries(typed), true])
    }
    expect((await changedSince(before, purser)).filter((table) => table !== 'sessions')).toEqual([])
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(0)
  })

  test('what was typed is submitted from the page that kept it, once there is a factor', async () => {
    const { browser } = await someone('finance')
    const customer = await makeCustomer(purser.northwind, { balance: 0n })
    const form = await browser.get(`/customers/${customer.id}/balance`)
    await comeDue()
    const kept = await browser.submit(form, { amount: '5.00', reason: 'courtesy' }, { action: '/refills' })
    expect([kept.status, refusalOf(kept)]).toEqual([
      403,
      'This was not submitted, because your role requires a second factor and you have none yet.',
    ])
    // No link leads away from it in this tab.
    expect(noticeOn(kept)).not.toBe('')
    expect(kept.html.querySelector('.required-factor a')).toBeNull()
    expect(kept.html.querySelector('main a[href="/account/factors"]')?.getAttribute('target')).toBe('_blank')
    // Too early.
    expect(isShutOut(await browser.submit(kept, {}, { action: '/refills' }))).toBe(true)
    await addApp(purser, browser)
    expect((await browser.submit(kept, {}, { action: '/refills' })).status).toBe(303)
    expect(await prisma().posting.count({ where: { customerId: customer.id } })).toBe(1)
  })

  test('a form that waited for a login is kept as well', async () => {
    const { browser, member } = await someone('finance')
    const customer = await makeCustomer(purser.northwind)
    const form = await browser.get(`/customers/${customer.id}/balance`)
    await prisma().session.updateMany({ where: { staffId: member.id }, data: { endedAt: new Date() } })
    await comeDue()
    const login = await browser.submit(form, { amount: '7.00', reason: 'courtesy' }, { action: '/refills' })
    const kept = await browser.submit(
      login,
      { email: member.email, password: PASSWORD },
      { action: '/login' },
    )
    expect(isShutOut(kept)).toBe(true)
    await addApp(purser, browser)
    expect((await browser.submit(kept, {}, { action: '/refills' })).status).toBe(303)
    expect(await prisma().posting.count({ where: { customerId: customer.id } })).toBe(1)
  })

  test('a page leads to the set-up, which says why; one is let through by the first factor at once', async () => {
    const { browser } = await someone()
    await comeDue()
    const answer = await browser.get('/customers?q=somebody')
    expect([answer.status, answer.location]).toEqual([303, '/account/factors'])
    const page = await browser.follow(answer)
    expect(noticeOn(page)).toMatch(/^Since .+, your role requires a second factor for your login. Set one up/)
    expect(
      page.html
        .querySelectorAll('.sidebar a, main a')
        .map((link) => link.getAttribute('href'))
        .sort(),
    ).toEqual(['/', '/account/factors/new'])
    const { answer: codes } = await addFirstApp(purser, browser)
    expect(codes.status).toBe(200)
    expect(noticeOn(codes)).toBe('')
    expect(codes.html.querySelector('.sidebar a[href="/customers"]')).not.toBeNull()
    expect((await browser.get('/customers')).status).toBe(200)
  })

  test('roles that need none go on, and so does another reseller', async () => {
    const { browser } = await someone('support')
    const owner = await purser.as(purser.eastgate.staff.owner)
    await comeDue()
    expect((await browser.get('/customers')).status).toBe(200)
    expect((await owner.get('/customers')).status).toBe(200)
    await requireFactors(purser.eastgate, -1)
    expect(isShutOut(await owner.get('/customers'))).toBe(true)
    await requireFactors(purser.eastgate, 7 * 24 * 60)
  })

  test('a role that is raised or lowered counts from the next request on, in every process', async () => {
    const { browser, member } = await someone('support')
    const elsewhere = new (browser.constructor as typeof Visitor)(other.url)
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value)
    await comeDue()
    const become = (roleId: string) =>
      prisma().staff.updateMany({ where: { id: member.id }, data: { roleId } })
    const out = async () => [
      isShutOut(await browser.get('/customers')),
      isShutOut(await elsewhere.get('/customers')),
    ]
    expect(await out()).toEqual([false, false])
    await become('admin')
    expect(await out()).toEqual([true, true])
    await become('support')
    expect(await out()).toEqual([false, false])
    await become('owner')
    await addApp(purser, browser)
    expect(await out()).toEqual([false, false])
  })

  test('whose factors are reset is shut out again, by the password alone', async () => {
    const { browser, member } = await someone()
    const owner = await someone('owner')
    await addApp(purser, browser)
    await makeFactor(purser.northwind, owner.member)
    await comeDue()
    const form = await owner.browser.get(`/staff/${member.id}/factor-reset`)
    expect(
      (await owner.browser.submit(form, { reason: 'Lost phone' }, { action: '/factor-reset' })).status,
    ).toBe(303)
    const again = await purser.as(member)
    expect(isShutOut(await again.get('/customers'))).toBe(true)
    const { secret } = await addApp(purser, again)
    expect((await again.get('/customers')).status).toBe(200)
    expect((await logInByCode(purser.visitor(), member, codeOf(secret))).location).toBe('/customers')
  })

  test('the last factor is not removed while the role requires it, not by two at once either', async () => {
    const { browser, member } = await someone()
    await addApp(purser, browser, 'Phone')
    await addApp(purser, browser, 'Tablet')
    await comeDue()
    const page = await browser.get('/account/factors')
    const actions = page.html
      .querySelectorAll('form[action$="/removal"]')
      .map((form) => form.getAttribute('action') as string)
    expect(actions).toHaveLength(2)
    const answers = await Promise.all(actions.map((action) => browser.submit(page, {}, { action })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    const refused = answers.find(({ status }) => status === 409) as Answer
    expect(wordsOf(refused)).toContain(
      'Your role requires a second factor, and without this one you would have none that works.',
    )
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(1)
    const last = await browser.get('/account/factors')
    expect(last.html.querySelector('form[action$="/removal"]')).toBeNull()
    expect(wordsOf(last)).toContain('Your role requires it. To remove it, add another one first.')
    await requireFactors(purser.northwind, 60)
    const free = await browser.get('/account/factors')
    expect((await browser.submit(free, {}, { action: '/removal' })).status).toBe(303)
  })

  test('the last one that works is not removed while the role requires it: one that is void does not count', async () => {
    const { browser, member } = await someone()
    await addApp(purser, browser, 'Phone')
    const works = (await prisma().factor.findFirstOrThrow({ where: { staffId: member.id } })).id
    const lost = await makeFactor(purser.northwind, member)
    const removal = (id: string) => `/account/factors/${id}/removal`
    const offered = ({ html }: Answer) =>
      html.querySelectorAll('form[action$="/removal"]').map((form) => form.getAttribute('action'))
    const before = await browser.get('/account/factors')
    expect(offered(before).sort()).toEqual([removal(works), removal(lost)].sort())
    expect(wordsOf(before)).toContain('Your other ones no longer work')
    expect(wordsOf(before)).not.toContain(NONE_GOOD)
    await comeDue()
    const page = await browser.get('/account/factors')
    expect(offered(page)).toEqual([removal(lost)])
    const kept = await browser.submit(before, {}, { action: removal(works) })
    expect([kept.status, wordsOf(kept).includes('without this one you would have none that works')]).toEqual([
      409,
      true,
    ])
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(2)
    expect((await browser.submit(page, {}, { action: removal(lost) })).status).toBe(303)
  })

  test('who has none that works is let through still, told so, and removes them once there is another', async () => {
    const { browser, member } = await someone()
    const lost = await makeFactor(purser.northwind, member)
    await comeDue()
    expect((await browser.get('/customers')).status).toBe(200)
    const page = await browser.get('/account/factors')
    expect(wordsOf(page)).toContain(NONE_GOOD)
    expect(page.html.querySelector('form[action$="/removal"]')).toBeNull()
    const action = `/account/factors/${lost}/removal`
    const csrf = await tokenOf(browser)
    expect((await browser.post(action, { csrf })).status).toBe(409)
    await addApp(purser, browser, 'Phone')
    const again = await browser.get('/account/factors')
    expect(wordsOf(again)).not.toContain(NONE_GOOD)
    expect((await browser.submit(again, {}, { action })).status).toBe(303)
  })
})

describe('in the console of a customer', () => {
  const consoleOf = (browser: Visitor) => browser.get('/console')
  let customer: { id: string }
  let staff: { browser: Visitor; member: Member }
  beforeEach(async () => {
    customer = await makeCustomer(purser.northwind, { password: PASSWORD, teamType: 'individual' })
    staff = await someone()
  })

  test.each(['admin', 'readonly'] as const)('a login-as session that is open ends: %s', async (mode) => {
    await enterConsole(staff.browser, customer, mode)
    expect((await consoleOf(staff.browser)).status).toBe(200)
    await comeDue()
    const over = await consoleOf(staff.browser)
    expect(over.status).not.toBe(200)
    expect(await prisma().loginAs.findFirst({ where: { customerId: customer.id } })).toMatchObject({
      endedBy: 'factor_required',
    })
    let page = over
    while (page.location) page = await staff.browser.follow(page)
    expect(wordsOf(page)).toContain('the staff member had no second factor when it became required')
    expect(
      await prisma().auditRow.count({ where: { customerId: customer.id, event: 'login_as.ended' } }),
    ).toBe(1)
  })

  test('one that was asked for in time is not entered afterwards, and none is asked for', async () => {
    const asked = await askToEnter(staff.browser, customer, 'admin')
    const page = await staff.browser.get(`/customers/${customer.id}/login-as`)
    await comeDue()
    const entered = await staff.browser.follow(asked)
    expect((await staff.browser.follow(entered)).status).not.toBe(200)
    const answer = await staff.browser.submit(
      page,
      { mode: 'admin', reason: 'Ticket 4711' },
      { action: '/login-as' },
    )
    expect(isShutOut(answer)).toBe(true)
  })

  test('who has a factor goes on', async () => {
    await addApp(purser, staff.browser)
    await enterConsole(staff.browser, customer, 'admin')
    await comeDue()
    expect((await consoleOf(staff.browser)).status).toBe(200)
  })
})

describe('the Owner', () => {
  test('chooses the roles: what is chosen counts at once after the date', async () => {
    const { browser, member } = await someone('owner')
    await makeFactor(purser.northwind, member)
    const support = await someone('support')
    const finance = await someone('finance')
    await comeDue()
    const page = await browser.get('/settings/factors')
    expect(wordsOf(page)).toContain('A role that you add counts at once')
    const saved = await browser.submit(page, { support: 'on', finance: '' }, { action: '/settings/factors' })
    expect([saved.status, flashOf(await browser.follow(saved))]).toEqual([
      303,
      'Saved which roles require a second factor.',
    ])
    expect(isShutOut(await support.browser.get('/customers'))).toBe(true)
    expect((await finance.browser.get('/customers')).status).toBe(200)
    const activity = wordsOf(await browser.get('/audit'))
    expect(activity).toContain('changed which roles require a second factor')
    const settings = wordsOf(await browser.get('/settings'))
    expect(settings).toMatch(/Required of Owner, Admin,? and Support since/)

    // Somebody else has chosen meanwhile.
    const late = await browser.submit(page, { auditor: 'on' }, { action: '/settings/factors' })
    expect(late.status).toBe(409)
    const chosen = await browser.submit(late, {}, { action: '/settings/factors' })
    expect(chosen.status).toBe(303)
    const back = await browser.get('/settings/factors')
    await browser.submit(back, { finance: 'on', support: '', auditor: '' }, { action: '/settings/factors' })
    expect((await support.browser.get('/customers')).status).toBe(200)
  })

  test('moves the date by fourteen days, once', async () => {
    const { browser, member } = await someone('owner')
    await makeFactor(purser.northwind, member)
    const { id } = purser.northwind.reseller
    const dateNow = async () =>
      (await prisma().reseller.findUniqueOrThrow({ where: { id } })).factorsRequiredAt?.getTime() ?? 0
    const before = await dateNow()
    const page = await browser.get('/settings/factors')
    const confirmation = page.html.querySelector('details.action-form')
    expect(confirmation?.querySelector('summary')?.textContent).toContain('Move the date by 14 days')
    const press = () => browser.submit(page, {}, { action: '/settings/factors/date' })
    const answers = await Promise.all([press(), press()])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    expect(await dateNow()).toBe(before + 14 * 24 * 60 * 60_000)
    // What the confirmation named is what it is now.
    const date = formatsFor(purser.northwind.reseller).dateTime(new Date(await dateNow()))
    expect(confirmation?.querySelector('button')?.textContent).toBe(`Move to ${date}`)
    expect(confirmation?.textContent).toContain(`Second factors are then required from ${date} on.`)
    const again = await press()
    expect([again.status, wordsOf(again)]).toEqual([
      409,
      expect.stringContaining('has already been moved once'),
    ])
    const moved = await browser.get('/settings/factors')
    expect(wordsOf(moved)).toContain('The date has already been moved once.')
    expect(await prisma().auditRow.count({ where: { event: 'reseller.factor_date_moved' } })).toBe(1)
    await prisma().reseller.updateMany({ where: { id }, data: { factorsDateMoved: false } })

    await comeDue()
    const past = await press()
    expect([past.status, wordsOf(past)]).toEqual([409, expect.stringContaining('has passed')])
    await requireFactors(purser.northwind, null)
    const none = await press()
    expect([none.status, wordsOf(none)]).toEqual([409, expect.stringContaining('there is no date to move')])
  })

  test('sees under Staff who lacks one that is required, until when, and who is late, at no cost for each', async () => {
    const { browser, member: me } = await someone('owner')
    await makeFactor(purser.northwind, me)
    const [lacking, having, free, off] = [
      (await someone('admin')).member,
      (await someone('finance')).member,
      await makeMember(purser.northwind, 'auditor'),
      await makeMember(purser.northwind, 'admin'),
    ]
    await makeFactor(purser.northwind, having)
    await prisma().staff.updateMany({ where: { id: off.id }, data: { state: 'OFF' } })
    const said = async () => {
      const { html } = await browser.get('/staff')
      const cells = html.querySelectorAll('td.col-who').map((cell) => cell.textContent.replace(/\s+/g, ' '))
      return [lacking, having, free, off].map(
        ({ email }) =>
          /No second factor.*? (?:on|Can only set one up\.)|Has a second factor/.exec(
            cells.find((words) => words.includes(email)) ?? '',
          )?.[0],
      )
    }
    const dateNow = async () => {
      const { id } = purser.northwind.reseller
      const { factorsRequiredAt } = await prisma().reseller.findUniqueOrThrow({ where: { id } })
      return formatsFor(purser.northwind.reseller).dateTime(factorsRequiredAt as Date)
    }
    const due = `No second factor yet, required from ${await dateNow()} on`
    expect(await said()).toEqual([due, 'Has a second factor', undefined, undefined])
    await comeDue()
    const late = `No second factor Required since ${await dateNow()}. Can only set one up.`
    expect(await said()).toEqual([late, 'Has a second factor', undefined, undefined])

    const before = await statementsOf(() => browser.get('/staff'))
    await Promise.all([1, 2, 3].map(() => makeMember(purser.northwind, 'admin')))
    expect(await statementsOf(() => browser.get('/staff'))).toBe(before)
  })

  test('of a reseller that requires nothing chooses roles, and gives them seven days', async () => {
    const { eastgate } = purser
    const browser = await purser.as(eastgate.staff.owner)
    const { id } = eastgate.reseller
    await requireFactors(eastgate, null)
    await prisma().role.updateMany({ where: { resellerId: id }, data: { requiresFactor: false } })
    expect(noticeOn(await browser.get('/customers'))).toBe('')
    const page = await browser.get('/settings/factors')
    expect(wordsOf(page)).toContain('No one is asked for a second factor yet.')
    await browser.submit(page, { owner: 'on' }, { action: '/settings/factors' })
    const { factorsRequiredAt } = await prisma().reseller.findUniqueOrThrow({ where: { id } })
    const days = ((factorsRequiredAt?.getTime() ?? 0) - Date.now()) / (24 * 60 * 60_000)
    expect(days).toBeGreaterThan(6.9)
    expect(days).toBeLessThan(7.1)
    expect(noticeOn(await browser.get('/customers'))).toMatch(/^From /)
  })

  test('of the demo chooses, and nobody is asked', async () => {
    const { eastgate } = purser
    const browser = await purser.as(eastgate.staff.owner)
    await requireFactors(eastgate, null)
    await purser.owner.pool.query('update installation set is_demo = true')
    const page = await browser.get('/settings/factors')
    expect(wordsOf(page)).toContain('In the demo, no one is asked')
    // Nor in a reseller that is added there.
    await CreateReseller.run(hostCaller(purser.services), null, {
      ...{ reseller: 'Southport', slug: 'southport', currency: 'EUR', timeZone: 'UTC', locale: 'en-GB' },
      ...{ name: 'Sue', email: 'sue@southport.example', noFactors: false },
    })
    const added = await prisma().reseller.findUniqueOrThrow({
      where: { slug: 'southport' },
      include: { roles: true },
    })
    expect(added.factorsRequiredAt).toBeNull()
    expect(added.roles.filter(({ requiresFactor }) => requiresFactor)).toEqual([])
    await browser.submit(page, { support: 'on' }, { action: '/settings/factors' })
    await purser.owner.pool.query('update installation set is_demo = false')
    const { factorsRequiredAt } = await prisma().reseller.findUniqueOrThrow({
      where: { id: eastgate.reseller.id },
    })
    expect(factorsRequiredAt).toBeNull()
    expect(noticeOn(await browser.get('/customers'))).toBe('')
  })
})
