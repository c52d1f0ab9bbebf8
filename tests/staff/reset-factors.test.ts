import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../src/actions/action.ts'
import { hostCaller } from '../../src/commands/command.ts'
import { ResetFactorsOnHost } from '../../src/staff/reset-factors.ts'
import { type Member, makeMember } from '../support/cast.ts'
import { runCommand } from '../support/command.ts'
import { addApp, codeOf } from '../support/factors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma

async function withApp(role = 'support') {
  const member = await makeMember(purser.northwind, role)
  const browser = await purser.as(member)
  return { member, browser, ...(await addApp(purser, browser)) }
}

async function reset(browser: Visitor, { id }: Member, reason = 'Lost the phone') {
  return browser.submit(await browser.get(`/staff/${id}/factor-reset`), { reason })
}

test('an Owner resets the second factors of a colleague: sessions end, the person is told, the password lets in', async () => {
  const { member, browser } = await withApp('owner')
  expect(wordsOf(await owner.get('/staff'))).toContain('Has a second factor')
  const answer = await reset(owner, member)
  expect(flashOf(await owner.follow(answer))).toBe(
    `Removed all second factors of ${member.email}. The password alone is enough to log in and set up a new one.`,
  )
  expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  const whose = { where: { staffId: member.id } }
  expect(await prisma().factor.count(whose)).toBe(0)
  expect(await prisma().recoveryCode.count(whose)).toBe(0)
  const mail = await prisma().mail.findFirstOrThrow({
    where: { staffId: member.id, template: 'factors-reset' },
  })
  expect(mail.values).toEqual({
    ...{ by: 'Rosa Owen', reason: 'Lost the phone', site: 'portal', isMarked: false },
    factors: 'offered',
  })
  const event = await prisma().auditRow.findFirstOrThrow({ where: { event: 'staff.factors_reset' } })
  expect(event.details).toEqual({ email: member.email, reason: 'Lost the phone' })
  await expect(purser.as(member)).resolves.toBeDefined()
})

test('a reason is needed', async () => {
  const { member } = await withApp()
  const answer = await reset(owner, member, ' ')
  expect([answer.status, errorAt(answer, 'reason')]).toEqual([422, 'This field is required.'])
  expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(1)
})

test('nobody resets their own', async () => {
  const me = await withApp('owner')
  const own = await reset(me.browser, me.member)
  expect(own.status).toBe(403)
  expect(await prisma().factor.count({ where: { staffId: me.member.id } })).toBe(1)
})

test('who has none, or is OFF, is told so', async () => {
  const none = await makeMember(purser.northwind, 'support')
  const answer = await reset(owner, none)
  expect([answer.status, refusalOf(answer)]).toEqual([409, `${none.email} already has no second factor.`])
  const { member } = await withApp()
  await prisma().staff.updateMany({ where: { id: member.id }, data: { state: 'OFF' } })
  expect((await reset(owner, member)).status).toBe(409)
})

describe('on the host', () => {
  const onHost = (email: string) => perform(ResetFactorsOnHost, hostCaller(purser.services), { email }, {})

  test('the same is done for an Owner whom nobody else can help', async () => {
    const { member, browser } = await withApp('owner')
    expect((await onHost(` ${member.email.toUpperCase()} `)).form.ok).toBe(true)
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
    await expect(purser.as(member)).resolves.toBeDefined()
    const mail = await prisma().mail.findFirstOrThrow({
      where: { staffId: member.id, template: 'factors-reset' },
    })
    expect(mail.values).toEqual({
      ...{ by: '', reason: '', site: 'portal', isMarked: false },
      factors: 'offered',
    })
    expect((await onHost(member.email)).form).toMatchObject({ ok: false, status: 409 })
  })

  // In a process of its own nothing has been said beforehand, as createApp() does for the tests above.
  test('the command does it', { timeout: 120_000 }, async () => {
    const { member, browser } = await withApp('owner')
    const ran = await runCommand('staff:reset-factors', [member.email], {
      APP_KEY: Buffer.alloc(32, 7).toString('base64'),
      DATABASE_URL: purser.database.appUrl,
      DATABASE_OWNER_URL: purser.database.ownerUrl,
      APP_URL: 'https://purser.example.com',
    })
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain(`All second factors and recovery codes of ${member.email} are removed`)
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(0)
  })

  test('an address that nobody has is told', async () => {
    await expect(onHost('nobody@northwind.example')).rejects.toMatchObject({ status: 404 })
  })
})

test('a login that waits for its code ends with the factors', async () => {
  const { member, secret } = await withApp()
  const visitor = purser.visitor()
  const login = await visitor.submit(await visitor.get('/login'), {
    email: member.email,
    password: 'correct horse battery staple',
  })
  const page = await visitor.follow(login)
  await reset(owner, member)
  const answer = await visitor.submit(page, { code: codeOf(secret) })
  expect(answer.status).toBe(422)
  expect(valueOf(answer, 'code')).toBe('')
})
