import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveKeys } from '../../src/keys.ts'
import { resealFactorSecrets } from '../../src/people/factors.ts'
import { APP_KEY } from '../support/app-key.ts'
import { type Member, PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { SITES, addApp, codeOf, codesOn, logInByCode, secretOn } from '../support/factors.ts'
import { ageProofs, askedForProof } from '../support/proof.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { tablesHolding } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma

async function someone() {
  const member = await makeMember(purser.northwind, 'support')
  return { member, browser: await purser.as(member) }
}

const mailsTo = async ({ id }: Member) =>
  (await prisma().mail.findMany({ where: { staffId: id }, orderBy: { id: 'asc' } })).map(
    ({ template }) => template,
  )

/** Somebody new of the staff, or a customer, and whose their rows are. */
async function ownerOf(kind: 'staff' | 'customer') {
  if (kind === 'staff') {
    const { member, browser } = await someone()
    return { owner: { staffId: member.id }, browser }
  }
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  return { owner: { customerId: customer.id }, browser: await purser.asCustomer(customer) }
}

describe('an authenticator app', () => {
  test('is added by its code, with ten recovery codes, which are shown once; the person is told', async () => {
    const { member, browser } = await someone()
    expect(wordsOf(await browser.get('/account'))).toContain('You have no second factor.')
    const page = await browser.get('/account/factors/new')
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.html.querySelectorAll('.qr svg')).toHaveLength(1)
    const secret = secretOn(page)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    const answer = await browser.submit(page, { name: 'My phone', code: codeOf(secret) })
    expect(answer.status).toBe(200)
    expect(codesOn(answer)).toHaveLength(10)
    expect(wordsOf(answer)).toContain('Added My phone. From now on, a login asks for a code.')
    // A print-out says what it is for.
    expect(wordsOf(answer)).toContain(`For logging in as ${member.email} to Northwind Cloud at 127.0.0.1:`)
    expect(wordsOf(answer)).not.toContain('former')
    const list = await browser.get('/account/factors')
    expect(wordsOf(list)).toContain('My phone')
    expect(wordsOf(list)).toContain('10 recovery codes are left.')
    for (const code of codesOn(answer)) expect(list.text).not.toContain(code)
    const account = await browser.get('/account')
    expect(wordsOf(account)).toContain('My phone · Authenticator app 10 recovery codes are left.')
    expect(account.html.querySelector('.page-about')?.textContent).toBe(member.email)
    expect(await mailsTo(member)).toEqual(['factor-added'])
    // Nowhere in clear, not in the queue either.
    expect(await tablesHolding(purser, secret)).toEqual([])
    const [code = ''] = codesOn(answer)
    for (const text of [code, code.replaceAll('-', '')]) expect(await tablesHolding(purser, text)).toEqual([])
  })

  test('is not added by a wrong code: the page keeps its secret and the name', async () => {
    const { member, browser } = await someone()
    const page = await browser.get('/account/factors/new')
    const again = await browser.submit(page, { name: 'Tablet', code: '000000' })
    expect([again.status, errorAt(again, 'code')]).toEqual([
      422,
      'This code is not correct. Check the time of your device, then enter the code shown now.',
    ])
    expect([secretOn(again), valueOf(again, 'name')]).toEqual([secretOn(page), 'Tablet'])
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(0)
    expect((await browser.submit(again, { code: codeOf(secretOn(page)) })).status).toBe(200)
  })

  test('is added once, and a second one needs no new recovery codes', async () => {
    const { member, browser } = await someone()
    const page = await browser.get('/account/factors/new')
    const press = () => browser.submit(page, { code: codeOf(secretOn(page)) })
    const answers = await Promise.all([press(), press()])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 303])
    // Whoever saw only the second answer has seen no codes.
    const second = answers.find(({ status }) => status === 303) as Answer
    expect(flashOf(await browser.follow(second))).toContain(
      'has already been added. If you have not saved your recovery codes, create new ones.',
    )
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(1)
    const other = await addApp(purser, browser, 'Tablet')
    expect([other.answer.status, other.answer.location]).toEqual([303, '/account/factors'])
    expect(flashOf(await browser.follow(other.answer))).toContain('Added Tablet.')
    expect(await prisma().recoveryCode.count({ where: { staffId: member.id } })).toBe(10)
    // Either lets in.
    expect((await logInByCode(purser.visitor(), member, codeOf(other.secret))).status).toBe(303)
    expect((await logInByCode(purser.visitor(), member, codeOf(secretOn(page), 1))).status).toBe(303)
  })

  test('is set up by the person who began to, within half an hour', async () => {
    const { browser } = await someone()
    const stranger = await someone()
    const page = await browser.get('/account/factors/new')
    const app = valueOf(page, 'app') ?? ''
    const code = codeOf(secretOn(page))
    const theirs = await stranger.browser.get('/account/factors/new')
    const stolen = await stranger.browser.submit(theirs, { app, code })
    expect([stolen.status, refusalOf(stolen)]).toEqual([
      422,
      'Setting up took too long. Scan the new QR code, then enter its code.',
    ])
    expect(secretOn(stolen)).not.toBe(secretOn(page))
    for (const broken of ['', 'x', `${app}x`, 'A'.repeat(2000)]) {
      expect((await browser.submit(page, { app: broken, code })).status).toBe(422)
    }
  })

  test('keeps its secret where the password is asked for again', async () => {
    const { member, browser } = await someone()
    const page = await browser.get('/account/factors/new')
    await ageProofs(purser, { id: member.id })
    const asked = await browser.submit(page, { name: 'Watch', code: codeOf(secretOn(page)) })
    expect(askedForProof(asked)).toBe(true)
    const again = await browser.submit(asked, { password: PASSWORD })
    expect([secretOn(again), valueOf(again, 'name')]).toEqual([secretOn(page), 'Watch'])
    expect((await browser.submit(again, { code: codeOf(secretOn(page)) })).status).toBe(200)
  })

  test.each(['staff', 'customer'] as const)(
    'is asked for a proof before its page is shown, which Cancel leads away from: %s',
    async (kind) => {
      const { owner, browser } = await ownerOf(kind)
      const { factors } = SITES[kind]
      await ageProofs(purser, { id: owner.staffId ?? owner.customerId ?? '' })
      const away = await browser.get(`${factors}/new`)
      expect([away.status, away.location]).toEqual([
        303,
        `${factors.replace('factors', 'proof')}?next=${encodeURIComponent(`${factors}/new`)}`,
      ])
      const question = await browser.follow(away)
      expect(wordsOf(question)).toContain('To add a second factor, confirm first that it is you.')
      expect(question.html.querySelector('main .btn-ghost')?.getAttribute('href')).toBe(factors)
      const done = await browser.submit(question, { password: PASSWORD }, { action: '/proof' })
      expect([done.status, done.location]).toEqual([303, `${factors}/new`])
      const page = await browser.follow(done)
      expect(codesOn(await browser.submit(page, { code: codeOf(secretOn(page)) }))).toHaveLength(10)
    },
  )

  test('eleven are too many', async () => {
    const { member, browser } = await someone()
    await addApp(purser, browser)
    const { resellerId } = await prisma().factor.findFirstOrThrow({ where: { staffId: member.id } })
    const more = Array.from({ length: 9 }, (_, place) => ({
      resellerId,
      id: `00000000-0000-4000-8000-${member.id.slice(-11)}${place}`,
      staffId: member.id,
      kind: 'totp' as const,
      name: `App ${place}`,
      lastStep: 0n,
    }))
    await prisma().factor.createMany({ data: more })
    const page = await browser.get('/account/factors/new')
    const answer = await browser.submit(page, { code: codeOf(secretOn(page)) })
    expect([answer.status, refusalOf(answer)]).toEqual([
      409,
      'You already have 10 second factors. Remove one first.',
    ])
  })
})

describe('a second factor that is removed', () => {
  const remove = async (browser: Visitor, id: string) => {
    const page = await browser.get('/account/factors')
    return browser.submit(page, {}, { action: `/${id}/removal` })
  }
  const idOf = async ({ id }: Member) =>
    (await prisma().factor.findFirstOrThrow({ where: { staffId: id }, orderBy: { createdAt: 'desc' } })).id

  test('lets nobody in any more; with the last one the recovery codes go, and the password alone lets in', async () => {
    const { member, browser } = await someone()
    const first = await addApp(purser, browser)
    const second = await addApp(purser, browser, 'Tablet')
    const done = await remove(browser, await idOf(member))
    expect(flashOf(await browser.follow(done))).toBe('Removed Tablet.')
    expect((await logInByCode(purser.visitor(), member, codeOf(second.secret))).status).toBe(422)
    expect((await logInByCode(purser.visitor(), member, codeOf(first.secret))).status).toBe(303)
    await remove(browser, await idOf(member))
    expect(await prisma().recoveryCode.count({ where: { staffId: member.id } })).toBe(0)
    expect(await prisma().factorSecret.count({ where: { factor: { staffId: member.id } } })).toBe(0)
    await expect(purser.as(member)).resolves.toBeDefined()
    expect(await mailsTo(member)).toEqual(
      expect.arrayContaining(['factor-added', 'factor-added', 'factor-removed', 'factor-removed']),
    )
  })

  test('is one’s own', async () => {
    const one = await someone()
    await addApp(purser, one.browser)
    const other = await someone()
    await addApp(purser, other.browser)
    const page = await other.browser.get('/account/factors')
    const csrf = valueOf(page, 'csrf') ?? ''
    const answer = await other.browser.post(`/account/factors/${await idOf(one.member)}/removal`, { csrf })
    expect(answer.status).toBe(404)
    expect(await prisma().factor.count({ where: { staffId: one.member.id } })).toBe(1)
  })
})

describe('what waited for a proof on the list of factors', () => {
  test.each(['staff', 'customer'] as const)(
    'comes back with its confirmation open, and nothing is done before it is sent again: %s',
    async (kind) => {
      const { owner, browser } = await ownerOf(kind)
      const at = SITES[kind].factors
      await addApp(purser, browser, 'Phone', SITES[kind])
      await addApp(purser, browser, 'Tablet', SITES[kind])
      const { id } = await prisma().factor.findFirstOrThrow({ where: { ...owner, name: 'Tablet' } })
      const list = await browser.get(at)
      expect(list.html.querySelector('details[open], main [autofocus], .form-errors')).toBeNull()
      for (const [action, left] of [
        [`${at}/${id}/removal`, 2],
        [`${at}/recovery-codes`, 1],
      ] as const) {
        await ageProofs(purser, { id: owner.staffId ?? owner.customerId ?? '' })
        const question = await browser.submit(list, {}, { action })
        expect(askedForProof(question)).toBe(true)
        const back = await browser.submit(question, { password: PASSWORD }, { action: '/proof' })
        expect(back.status).toBe(200)
        const open = back.html.querySelectorAll('details[open]')
        expect(open.map((one) => one.querySelector('form')?.getAttribute('action'))).toEqual([action])
        expect(open[0]?.querySelector('.form-errors.is-fine')?.textContent).toContain(
          'You have confirmed that it is you. Nothing has been submitted yet',
        )
        expect(back.html.querySelectorAll('main [autofocus]').map((one) => one.parentNode)).toEqual([
          open[0]?.querySelector('form'),
        ])
        expect(await prisma().factor.count({ where: owner })).toBe(left)
        const done = await browser.submit(back, {}, { action })
        expect(done.status).toBe(action.endsWith('/removal') ? 303 : 200)
      }
      expect(await prisma().factor.count({ where: owner })).toBe(1)
    },
  )

  test('says by a message that there is nothing to confirm any more', async () => {
    const { owner, browser } = await ownerOf('staff')
    await addApp(purser, browser)
    const list = await browser.get('/account/factors')
    await ageProofs(purser, { id: owner.staffId ?? '' })
    const question = await browser.submit(list, {}, { action: '/recovery-codes' })
    await prisma().factorSecret.deleteMany({ where: { factor: owner } })
    await prisma().factor.deleteMany({ where: owner })
    const back = await browser.submit(question, { password: PASSWORD }, { action: '/proof' })
    expect([back.status, back.location]).toEqual([303, '/account/factors/recovery-codes'])
  })
})

describe('a second factor that is renamed', () => {
  test.each(['staff', 'customer'] as const)(
    'by %s keeps to the rules of names, and the activity has both; one’s own alone',
    async (kind) => {
      const site = SITES[kind]
      const { owner, browser } = await ownerOf(kind)
      const { secret } = await addApp(purser, browser, 'Phone', site)
      const { id } = await prisma().factor.findFirstOrThrow({ where: owner })
      const at = `${site.factors}/${id}/name`
      expect(wordsOf(await browser.get(site.factors))).toContain('Rename Phone')
      const page = await browser.get(at)
      expect(valueOf(page, 'name')).toBe('Phone')
      for (const wrong of ['', ' ', 'x'.repeat(61), 'a\u202eb']) {
        const answer = await browser.submit(page, { name: wrong }, { action: at })
        expect([wrong, answer.status, errorAt(answer, 'name') === '']).toEqual([wrong, 422, false])
      }
      const same = await browser.submit(page, {}, { action: at })
      expect(flashOf(await browser.follow(same))).toBe('No changes.')
      const done = await browser.submit(page, { name: ' Old phone ' }, { action: at })
      expect(flashOf(await browser.follow(done))).toBe('Renamed Phone to Old phone.')
      const rows = await prisma().auditRow.findMany({ where: { event: `${kind}.factor_renamed` } })
      expect(rows.map(({ details, actorId, customerId }) => ({ details, actorId, customerId }))).toEqual([
        {
          details: { from: 'Phone', to: 'Old phone' },
          actorId: Object.values(owner)[0],
          customerId: 'customerId' in owner ? owner.customerId : null,
        },
      ])
      expect((await prisma().factor.findFirstOrThrow({ where: owner })).name).toBe('Old phone')
      const stranger = (await ownerOf(kind)).browser
      const csrf = valueOf(await stranger.get(`${site.factors}/new`), 'csrf') ?? ''
      expect((await stranger.get(at)).status).toBe(404)
      expect((await stranger.post(at, { csrf, name: 'Mine' })).status).toBe(404)
      if (kind === 'customer') return
      const { email } = await prisma().staff.findFirstOrThrow({ where: { id: Object.values(owner)[0]! } })
      expect((await logInByCode(purser.visitor(), { email }, codeOf(secret))).status).toBe(303)
    },
  )
})

describe('recovery codes', () => {
  const renew = async (browser: Visitor) =>
    browser.submit(await browser.get('/account/factors'), {}, { action: '/recovery-codes' })

  test('are made anew at will: the former ones are void', async () => {
    const { member, browser } = await someone()
    const { codes } = await addApp(purser, browser)
    const answer = await renew(browser)
    expect(answer.status).toBe(200)
    expect(await mailsTo(member)).toContain('recovery-codes-renewed')
    const anew = codesOn(answer)
    expect(wordsOf(answer)).toContain('Your former recovery codes no longer work.')
    expect(anew).toHaveLength(10)
    expect((await logInByCode(purser.visitor(), member, codes[0] ?? '')).status).toBe(422)
    expect((await logInByCode(purser.visitor(), member, anew[0] ?? '')).status).toBe(303)
  })

  test.each(['staff', 'customer'] as const)(
    'of %s are made once by a form, however often and late it is sent; it says how many end',
    async (kind) => {
      const site = SITES[kind]
      const { owner, browser } = await ownerOf(kind)
      await addApp(purser, browser, 'Phone', site)
      const batch = async () =>
        (await prisma().recoveryCode.findMany({ where: owner, orderBy: { id: 'asc' } })).map(({ id }) => id)
      const press = (page: Answer) => browser.submit(page, {}, { action: '/recovery-codes' })
      const [first, other] = [await browser.get(site.factors), await browser.get(site.factors)]
      const form = first.html.querySelector('form[action$="/recovery-codes"]')
      expect(form?.closest('details')?.hasAttribute('open')).toBe(false)
      expect(form?.textContent).toContain('The 10 codes that are left will stop working.')
      const answers = await Promise.all([press(first), press(first)])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 303])
      const made = await batch()
      // Reload sends it again, and another tab has its own, which is as old.
      for (const page of [first, other]) {
        const again = await press(page)
        expect(again.location).toBe(site.factors)
        expect(flashOf(await browser.follow(again))).toBe(
          'New recovery codes were already created, and shown once. If you have not saved them, create new ones.',
        )
      }
      expect(await batch()).toEqual(made)
      const csrf = valueOf(first, 'csrf') ?? ''
      for (const replaces of ['', 'x', made[1] ?? '']) {
        expect((await browser.post(`${site.factors}/recovery-codes`, { csrf, replaces })).status).toBe(303)
      }
      expect(await batch()).toEqual(made)
      expect((await press(await browser.get(site.factors))).status).toBe(200)
      expect(await batch()).not.toEqual(made)
    },
  )

  test.each(['staff', 'customer'] as const)(
    'of %s stay as they were shown where the set-up is sent again, however late',
    async (kind) => {
      const site = SITES[kind]
      const { owner, browser } = await ownerOf(kind)
      const page = await browser.get(`${site.factors}/new`)
      const app = valueOf(page, 'app') ?? ''
      const code = codeOf(secretOn(page))
      expect(codesOn(await browser.submit(page, { name: 'Phone', code }))).toHaveLength(10)
      const batch = () => prisma().recoveryCode.findMany({ where: owner, orderBy: { id: 'asc' } })
      const shown = await batch()
      // By then its code is over.
      for (const late of [code, '000000']) {
        const again = await browser.submit(page, { app, code: late })
        expect(again.location).toBe(site.factors)
        expect(flashOf(await browser.follow(again))).toContain('has already been added.')
      }
      expect(await batch()).toEqual(shown)
    },
  )

  test('are told when few are left', async () => {
    const { member, browser } = await someone()
    await addApp(purser, browser)
    const left = await prisma().recoveryCode.findMany({ where: { staffId: member.id }, take: 7 })
    const SAYS = 'Create new ones before they run out.'
    expect(wordsOf(await browser.get('/account'))).not.toContain(SAYS)
    await prisma().recoveryCode.updateMany({
      where: { id: { in: left.map(({ id }) => id) } },
      data: { usedAt: new Date() },
    })
    for (const page of ['/account', '/account/factors']) {
      expect(wordsOf(await browser.get(page))).toContain(SAYS)
    }
  })

  test('are for who has a second factor', async () => {
    const { browser } = await someone()
    const page = await browser.get('/account/factors')
    const csrf = valueOf(page, 'csrf') ?? ''
    const answer = await browser.post('/account/factors/recovery-codes', { csrf })
    expect(answer.status).toBe(409)
  })
})

describe('the key of the secrets', () => {
  const keyOf = (text: string) => Buffer.from(text, 'base64')
  const NEXT = Buffer.alloc(32, 'another key').toString('base64')

  test('can be changed: what the former one encrypted is encrypted again at the next start', async () => {
    const { member, browser } = await someone()
    const { secret } = await addApp(purser, browser)
    const was = await prisma().factorSecret.findFirstOrThrow({
      where: { factor: { staffId: member.id } },
      omit: { sealed: false },
    })
    await resealFactorSecrets(purser.database.ownerUrl, deriveKeys(keyOf(NEXT), [keyOf(APP_KEY)]))
    const is = await prisma().factorSecret.findFirstOrThrow({
      where: { factor: { staffId: member.id } },
      omit: { sealed: false },
    })
    expect(is.sealedBy).not.toBe(was.sealedBy)
    // By now no key before is needed.
    const about = `${is.resellerId}|${member.id}|${is.factorId}`
    expect(deriveKeys(keyOf(NEXT)).open('factor-secret', is.sealed, about)).toBe(secret)

    // Here it is unknown, as after a key that was lost: the app is void, and recovery codes still let in.
    expect((await logInByCode(purser.visitor(), member, codeOf(secret))).status).toBe(422)
    expect(wordsOf(await browser.get('/account/factors'))).toContain('No longer works')
    await resealFactorSecrets(purser.database.ownerUrl, deriveKeys(keyOf(APP_KEY), [keyOf(NEXT)]))
    expect((await logInByCode(purser.visitor(), member, codeOf(secret))).status).toBe(303)
  })

  test('that is lost leaves the recovery codes good', async () => {
    const { member, browser } = await someone()
    const { codes } = await addApp(purser, browser)
    await prisma().factorSecret.updateMany({ data: { sealed: 'AAAA', sealedBy: 'lost' } })
    expect((await logInByCode(purser.visitor(), member, codes[0] ?? '')).status).toBe(303)
  })
})

test('the application’s role cannot read secrets, but for one person’s by the function', async () => {
  const { member, browser } = await someone()
  const { secret } = await addApp(purser, browser)
  const { pool } = purser.services.database
  await expect(pool.query('select sealed from factor_secrets')).rejects.toMatchObject({ code: '42501' })
  await expect(pool.query('select * from factor_secrets')).rejects.toMatchObject({ code: '42501' })
  await expect(pool.query(`update factor_secrets set sealed = ''`)).rejects.toMatchObject({ code: '42501' })
  const { reseller } = purser.northwind
  const mine = await pool.query('select * from factor_secrets_of($1, $2)', [reseller.id, member.id])
  expect(mine.rows).toHaveLength(1)
  expect(JSON.stringify(mine.rows)).not.toContain(secret)
  const elsewhere = await pool.query('select * from factor_secrets_of($1, $2)', [
    purser.eastgate.reseller.id,
    member.id,
  ])
  expect(elsewhere.rows).toEqual([])
})
