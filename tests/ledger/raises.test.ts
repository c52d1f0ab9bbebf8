import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../src/database/id.ts'
import { ApproveRaise } from '../../src/ledger/raises/decide.ts'
import { findRaise } from '../../src/ledger/raises/raise.ts'
import { writeLetter } from '../../src/mails/letter.ts'
import { ROLES } from '../../src/people/roles.ts'
import type { Actor } from '../../src/people/actor.ts'
import { formatsFor } from '../../src/words/format.ts'
import type { Refusal } from '../../src/words/refusal.ts'
import { by } from '../support/caller.ts'
import { type Member, makeMember } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeRaises } from '../support/rounds.ts'
import { type Answer, type Visitor, errorAt, flashOf, tokenOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())
beforeEach(async () => {
  await prisma().limitRaise.deleteMany({})
  await prisma().role.updateMany({ data: { entryMax: null, dayMax: null, approvalAbove: null } })
  await prisma().mail.updateMany({ data: { aboutId: null } })
  // Nobody but Rosa, and long after set-up.
  const { owner: rosa } = purser.northwind.staff
  await prisma().staff.updateMany({
    where: { roleId: 'owner', id: { not: rosa.id }, resellerId: purser.northwind.reseller.id },
    data: { roleId: 'auditor' },
  })
  await setUp(30 * DAY)
})

const HOUR = 3_600_000
const DAY = 24 * HOUR
const prisma = () => purser.owner.prisma
const ago = (ms: number) => new Date(Date.now() - ms)
const setUp = (agoMs: number) => prisma().reseller.updateMany({ data: { createdAt: ago(agoMs) } })
const another = () => makeMember(purser.northwind, 'owner')
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

const save = async (fields: Record<string, string>, browser = owner) =>
  browser.submit(await browser.get('/staff/limits'), fields, { action: '/staff/limits' })
const financeLimits = async () => {
  const { entryMax, dayMax, approvalAbove } = await prisma().role.findFirstOrThrow({
    where: { resellerId: purser.northwind.reseller.id, id: 'finance' },
  })
  return { entryMax, dayMax, approvalAbove }
}
/** The one raise that waits or did, after a form that was sent. */
const theRaise = async () => {
  const rows = await prisma().limitRaise.findMany()
  expect(rows).toHaveLength(1)
  return rows[0] as (typeof rows)[number]
}
const sendTo = async (browser: Visitor, id: string, what: string, comment = '') =>
  browser.post(`/approvals/limits/${id}/${what}`, { csrf: await tokenOf(browser), comment })
const eventsOf = async (id: string) =>
  (
    await prisma().auditRow.findMany({
      where: { details: { path: ['raise'], equals: id } },
      orderBy: [{ at: 'asc' }, { id: 'asc' }],
    })
  ).map(({ event, actorName }) => [event, actorName])
const mailsAbout = (id: string) =>
  prisma().mail.findMany({ where: { aboutId: id }, orderBy: { toEmail: 'asc' } })
const saidTo = async (answer: Answer, browser = owner) => plain(flashOf(await browser.follow(answer)))

/** Limits the role of Finance, and asks for more, as Rosa. */
async function asked(more: Record<string, string> = { financeEntryMax: '1000' }) {
  await save({ financeEntryMax: '500', financeDayMax: '2000', financeApprovalAbove: '100' })
  const answer = await save(more)
  return { answer, raise: await theRaise() }
}

describe('a limit that is raised or taken away', () => {
  test('waits until another Owner approves it; the first limit and a lower one count at once', async () => {
    const other = await another()
    const first = await save({ financeEntryMax: '500', financeDayMax: '2000', financeApprovalAbove: '100' })
    expect(await saidTo(first)).toBe('Saved the limits.')
    const answer = await save({ financeEntryMax: '1000', financeDayMax: '1500', financeApprovalAbove: '' })
    expect(answer.status).toBe(303)
    expect(await saidTo(answer)).toBe('The higher limits take effect when another Owner approves them.')
    expect(await financeLimits()).toEqual({ entryMax: 50_000n, dayMax: 150_000n, approvalAbove: 10_000n })
    const { id, takesEffectAt } = await theRaise()
    expect(takesEffectAt).toBeNull()

    // Only who may approve it is told, in a mail that says what it is.
    const [mail, ...others] = await mailsAbout(id)
    expect([mail?.toEmail, others]).toEqual([other.email, []])
    const letter = await writeLetter(purser.services, mail as never)
    expect(plain(JSON.stringify(letter))).toMatch(
      /Approval needed: higher limits.*Rosa Owen requested.*Finance: maximum per posting from 500\.00 USD to 1,000\.00 USD/,
    )

    // Who asked for it can withdraw it, and never approve it.
    for (const page of [await owner.get('/approvals'), await owner.get(`/approvals/limits/${id}`)]) {
      expect(wordsOf(page)).toContain('another Owner must approve it')
      expect(page.html.querySelector('form[action$="/approval"]')).toBeNull()
      expect(page.html.querySelector('form[action$="/rejection"]')).not.toBeNull()
    }
    expect((await sendTo(owner, id, 'approval')).status).toBe(403)
    expect(plain(wordsOf(await owner.get('/staff/limits')))).toContain(
      'Waiting: Finance: maximum per posting from 500.00 USD to 1,000.00 USD and Finance: approval required above from 100.00 USD to none',
    )

    const browser = await purser.as(other)
    const list = await browser.get('/approvals')
    expect(list.html.querySelector('.badge-count')?.textContent).toMatch(/1/)
    const approved = await browser.submit(
      list,
      { comment: 'as agreed' },
      { action: `/limits/${id}/approval` },
    )
    expect(await saidTo(approved, browser)).toBe('Approved. The higher limits are set.')
    expect(await financeLimits()).toEqual({ entryMax: 100_000n, dayMax: 150_000n, approvalAbove: null })
    expect(await eventsOf(id)).toEqual([
      ['limits.raise_asked', 'owner@northwind.example'],
      ['limits.raise_approved', other.email],
    ])
    const log = plain(wordsOf(await owner.get('/audit?event=limits.set')))
    expect(log).toContain(
      'maximum per posting from 500.00 USD to 1,000.00 USD and approval required above from 100.00 USD to none',
    )
    const told = await prisma().mail.findFirstOrThrow({
      where: { template: 'limit-raise-decided', aboutId: id },
    })
    expect(told.toEmail).toBe('owner@northwind.example')
    expect(plain(JSON.stringify(await writeLetter(purser.services, told as never)))).toContain('as agreed')

    const late = await sendTo(browser, id, 'approval')
    expect(late.status).toBe(409)
    expect(wordsOf(late)).toContain('already approved')
    const decided = wordsOf(await owner.get(`/approvals/limits/${id}`))
    expect(decided).toMatch(/Decided by\s*One More.*On the staff since/)
    expect(wordsOf(await owner.get('/approvals?state=decided'))).toContain('Higher limits')
  })

  test('asked for twice, it waits once; asked for otherwise, 409 at the field until it is withdrawn', async () => {
    await another()
    const { raise } = await asked()
    expect(await saidTo(await save({ financeEntryMax: '1000' }))).toContain('already requested')
    const other = await save({ financeEntryMax: '900', financeDayMax: '100' })
    expect(other.status).toBe(409)
    expect(errorAt(other, 'financeEntryMax')).toContain('already requested here')
    expect(valueOf(other, 'financeEntryMax')).toBe('900')
    expect((await financeLimits()).dayMax).toBe(200_000n)
    const withdrawn = await sendTo(owner, raise.id, 'rejection')
    expect(await saidTo(withdrawn)).toBe('Withdrawn. The limits are unchanged.')
    expect(await theRaise()).toMatchObject({ id: raise.id, state: 'withdrawn' })
    expect((await eventsOf(raise.id)).at(-1)).toEqual(['limits.raise_withdrawn', 'owner@northwind.example'])
    expect((await save({ financeEntryMax: '900' })).status).toBe(303)
    expect((await financeLimits()).entryMax).toBe(50_000n)
  })

  test('is rejected by another Owner, with the reason', async () => {
    const other = await purser.as(await another())
    const { raise } = await asked()
    const bare = await sendTo(other, raise.id, 'rejection')
    expect([bare.status, errorAt(bare, 'comment')]).toEqual([422, expect.stringMatching(/./)])
    expect((await sendTo(other, raise.id, 'rejection', 'not this year')).status).toBe(303)
    expect(await theRaise()).toMatchObject({ state: 'rejected', comment: 'not this year' })
    expect((await financeLimits()).entryMax).toBe(50_000n)
    const told = await prisma().mail.findFirstOrThrow({
      where: { aboutId: raise.id, toEmail: 'owner@northwind.example' },
    })
    expect(told.template).toBe('limit-raise-decided')
    expect((await sendTo(other, raise.id, 'approval')).status).toBe(409)
  })

  test('is not approved once the limits have changed since', async () => {
    const other = await purser.as(await another())
    const { raise } = await asked()
    await save({ financeEntryMax: '300' })
    const page = await other.get(`/approvals/limits/${raise.id}`)
    expect(wordsOf(page)).toContain('The limits have changed since this was requested.')
    expect((await sendTo(other, raise.id, 'approval')).status).toBe(409)
    expect((await financeLimits()).entryMax).toBe(30_000n)
    expect((await theRaise()).state).toBe('waiting')
  })

  test('is not shown to an Admin, who approves none', async () => {
    await another()
    await asked()
    const admin = await purser.as(purser.northwind.staff.admin)
    expect(wordsOf(await admin.get('/approvals'))).not.toContain('Higher limits')
  })

  test('of many Owners who approve at once, one does', async () => {
    const others = await Promise.all([another(), another(), another(), another()])
    const { raise } = await asked()
    const results = await Promise.all(
      others.map(async ({ id, email }) => {
        const permissions = new Set(ROLES.owner.permissions)
        const approver: Actor = {
          ...purser.northwind.system,
          kind: 'staff',
          id,
          name: email,
          roleId: 'owner',
          permissions,
        }
        return ApproveRaise.run(by(approver), await findRaise(approver, raise.id), { comment: '' }).then(
          () => 'approved',
          (error: unknown) => (error as Refusal).status,
        )
      }),
    )
    expect(results.toSorted()).toEqual([409, 409, 409, 'approved'])
    expect((await eventsOf(raise.id)).map(([name]) => name)).toEqual([
      'limits.raise_asked',
      'limits.raise_approved',
    ])
  })
})

describe('where no other Owner can approve it', () => {
  const dueNow = () => prisma().limitRaise.updateMany({ data: { takesEffectAt: ago(1_000) } })
  const round = () => makeRaises(purser.services)

  test('takes effect after a day, with a mail to all Owners at once, and once', async () => {
    // One who has no password yet cannot log in, and is told all the same.
    const invited = await another()
    await prisma().staff.updateMany({ where: { id: invited.id }, data: { passwordHash: null } })
    const { answer, raise } = await asked()
    expect(await saidTo(answer)).toMatch(
      /^No other Owner can approve higher limits, so they take effect on .*\. All Owners are notified, and can withdraw or reject them until then\.$/,
    )
    const at = raise.takesEffectAt?.getTime() ?? 0
    expect(Math.abs(at - Date.now() - DAY)).toBeLessThan(HOUR)
    const mails = await mailsAbout(raise.id)
    expect(mails.map(({ toEmail }) => toEmail)).toEqual([invited.email, 'owner@northwind.example'].toSorted())
    expect(plain(JSON.stringify(await writeLetter(purser.services, mails[0] as never)))).toMatch(
      /Higher limits in one day.*they take effect on/,
    )
    // Who asked cannot reject it.
    const advice = async (email: string) => {
      const mail = mails.find(({ toEmail }) => toEmail === email)
      return (await writeLetter(purser.services, mail as never)).text
    }
    expect(await advice('owner@northwind.example')).toContain(
      'If this was not you, withdraw the request before',
    )
    expect(await advice(invited.email)).toContain(
      'If you did not expect this, reject the request before then.',
    )
    await round()
    expect((await financeLimits()).entryMax).toBe(50_000n)
    expect((await theRaise()).state).toBe('waiting')

    await dueNow()
    // One that dies in the middle leaves nothing behind.
    const dies = { ...purser.services, queue: { add: () => Promise.reject(new Error('killed')) } }
    await makeRaises(dies as never)
    expect([(await theRaise()).state, (await financeLimits()).entryMax]).toEqual(['waiting', 50_000n])
    await Promise.all([round(), round(), round()])
    expect([(await theRaise()).state, (await financeLimits()).entryMax]).toEqual(['effective', 100_000n])
    expect(await eventsOf(raise.id)).toEqual([
      ['limits.raise_asked', 'owner@northwind.example'],
      ['limits.raise_took_effect', 'limits'],
    ])
    expect(await prisma().mail.count({ where: { aboutId: raise.id, template: 'limit-raise-decided' } })).toBe(
      1,
    )
    // What somebody sets afterwards stays.
    await save({ financeEntryMax: '200' })
    await round()
    expect((await financeLimits()).entryMax).toBe(20_000n)
  })

  test('one who comes meanwhile approves it, and the page says nothing else', async () => {
    const { raise } = await asked()
    const said = 'No other Owner could approve this when you requested it, so it takes effect by itself.'
    expect(wordsOf(await owner.get(`/approvals/limits/${raise.id}`))).toContain(said)
    const browser = await purser.as(await another())
    expect((await sendTo(browser, raise.id, 'approval')).status).toBe(303)
    expect([(await theRaise()).state, (await financeLimits()).entryMax]).toEqual(['approved', 100_000n])
    expect(plain(wordsOf(await owner.get('/audit?event=limits.raise_approved')))).toContain(
      'approved the higher limits that Rosa Owen requested',
    )
  })

  test('a second account of the Owner’s own is no other Owner', async () => {
    const { owner: rosa } = purser.northwind.staff
    const second = await another()
    await prisma().accessGiven.createMany({
      data: [
        {
          ...{ resellerId: purser.northwind.reseller.id, id: newId(), staffId: second.id },
          ...{ way: 'added', giverId: rosa.id, giverName: rosa.email },
        },
      ],
    })
    const { raise } = await asked()
    expect(raise.takesEffectAt).not.toBeNull()
    const browser = await purser.as(second)
    const page = await browser.get(`/approvals/limits/${raise.id}`)
    expect(wordsOf(page)).toContain('Rosa Owen added you, turned you on or gave you your role')
    expect(page.html.querySelector('form[action$="/approval"]')).toBeNull()
    expect((await sendTo(browser, raise.id, 'approval')).status).toBe(403)
    expect((await financeLimits()).entryMax).toBe(50_000n)
    // Nor the other way round.
    await sendTo(owner, raise.id, 'rejection')
    await prisma().limitRaise.deleteMany({})
    await save({ financeEntryMax: '2000' }, browser)
    const theirs = await theRaise()
    expect((await sendTo(owner, theirs.id, 'approval')).status).toBe(403)
  })

  test('withdrawn, it never takes effect; nor when its Owner is none any more, or the limits have changed', async () => {
    const { raise } = await asked()
    await dueNow()
    await sendTo(owner, raise.id, 'rejection')
    await round()
    expect([(await theRaise()).state, (await financeLimits()).entryMax]).toEqual(['withdrawn', 50_000n])

    await prisma().limitRaise.deleteMany({})
    await save({ financeEntryMax: '1000' })
    await save({ financeEntryMax: '400' })
    await dueNow()
    await round()
    expect([(await theRaise()).state, (await financeLimits()).entryMax]).toEqual(['lapsed', 40_000n])

    await prisma().limitRaise.deleteMany({})
    await save({ financeEntryMax: '1000' })
    await dueNow()
    const { owner: rosa } = purser.northwind.staff
    await prisma().staff.updateMany({ where: { id: rosa.id }, data: { state: 'OFF' } })
    await round()
    await prisma().staff.updateMany({ where: { id: rosa.id }, data: { state: 'ON' } })
    expect([(await theRaise()).state, (await financeLimits()).entryMax]).toEqual(['lapsed', 40_000n])
  })

  test('an Owner who was turned OFF to be out of the way is told', async () => {
    const other: Member = await another()
    await owner.submit(
      await owner.get('/staff'),
      { reason: 'away' },
      { action: `/staff/${other.id}/suspension` },
    )
    const { raise } = await asked()
    expect((await mailsAbout(raise.id)).map(({ toEmail }) => toEmail)).toContain(other.email)
  })
})

describe('a limit is raised at once', () => {
  test('within a day of set-up, and in the demo', async () => {
    await another()
    await setUp(DAY - HOUR)
    const { createdAt } = await prisma().reseller.findUniqueOrThrow({
      where: { id: purser.northwind.reseller.id },
    })
    const until = formatsFor(purser.northwind.reseller).dateTime(new Date(createdAt.getTime() + DAY))
    expect(wordsOf(await owner.get('/staff/limits'))).toContain(
      `In the first 24 hours after set-up, until ${until}, higher limits also count at once`,
    )
    await save({ financeEntryMax: '500' })
    expect(await saidTo(await save({ financeEntryMax: '1000' }))).toBe('Saved the limits.')
    expect((await financeLimits()).entryMax).toBe(100_000n)
    await setUp(DAY + HOUR)
    const later = wordsOf(await owner.get('/staff/limits'))
    expect([
      later.includes('In the first 24 hours'),
      later.includes('A higher limit, or none, takes'),
    ]).toEqual([false, true])
    await prisma().installation.updateMany({ data: { isDemo: true } })
    expect(wordsOf(await owner.get('/staff/limits'))).not.toContain('In the first 24 hours')
    await save({ financeEntryMax: '' })
    await prisma().installation.updateMany({ data: { isDemo: false } })
    expect((await financeLimits()).entryMax).toBeNull()
    await save({ financeEntryMax: '500' })
    await save({ financeEntryMax: '501' })
    expect((await financeLimits()).entryMax).toBe(50_000n)
  })
})
