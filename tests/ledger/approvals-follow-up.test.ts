import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { by as callerBy } from '../support/caller.ts'
import { RejectPosting } from '../../src/ledger/approvals/approve.ts'
import { findWaiting } from '../../src/ledger/approvals/waiting.ts'
import { type RoleId } from '../../src/people/roles.ts'
import { ApprovalDesk } from '../support/approvals.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RoleLimits, atOnce, eventsAbout, limitRole, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { expireWaiting, mailApprovals } from '../support/rounds.ts'
import { makeWaiting } from '../support/scene.ts'
import { type Visitor, refusalOf, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
let admin: Visitor
let desk: ApprovalDesk
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
  admin = await purser.as(purser.northwind.staff.admin)
  desk = new ApprovalDesk(purser.northwind)
})
afterAll(() => purser.stop())
beforeEach(() => limit('finance', { approvalAbove: 20_000n }))

const limit = (role: RoleId, limits: RoleLimits) => limitRole(purser.northwind, role, limits)
const prove = (customer: Known) => proveLedger(purser.services.database.pool, customer)
type Known = Awaited<ReturnType<typeof makeCustomer>>

const ago = (hours: number) => new Date(Date.now() - hours * 60 * 60_000)

describe('after 72 hours', () => {
  test('it expires by itself, once, and the maker is told', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { waitingId: id, email } = await makeWaiting(purser.northwind, { customer, at: ago(73) })
    const young = await makeWaiting(purser.northwind, { at: ago(71) })
    const shown = await admin.get('/approvals')
    expect(shown.text).not.toContain(id)
    expect(shown.text).toContain(young.waitingId)
    // Also before the job has been there.
    const late = await admin.post(`/approvals/${id}/approval`, { csrf: await tokenOf(admin) })
    expect(late.status).toBe(409)
    expect(refusalOf(late)).toContain('after 72 hours')
    await expect(desk.reject(id)).rejects.toMatchObject({ status: 409 })

    await atOnce(3, () => expireWaiting(purser.services))
    await expireWaiting(purser.services)
    expect((await desk.rowOf(id)).state).toBe('expired')
    expect((await desk.rowOf(young.waitingId)).state).toBe('waiting')
    const expired = (await eventsAbout(purser.northwind, customer)).filter(
      ({ event }) => event === 'posting.expired',
    )
    expect(expired).toMatchObject([{ actorKind: 'system', details: { madeBy: email, waiting: id } }])
    await mailApprovals(purser.services)
    expect((await desk.mailsAbout(id)).map(({ toEmail, template }) => [toEmail, template])).toEqual([
      [email, 'posting-decided'],
    ])
    expect(wordsOf(await admin.get(`/approvals/${id}`))).toContain('Expired')
    expect((await prove(customer)).balance).toBe(0n)
  })
})

describe('mails', () => {
  test('those who may decide are told once, the maker never is; and then the maker, what came of it', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { id } = await desk.enterRefill(finance, customer)
    await atOnce(3, () => mailApprovals(purser.services))
    await mailApprovals(purser.services)
    const announced = await desk.mailsAbout(id)
    const to = announced.filter(({ toEmail }) => !toEmail.startsWith('0')).map(({ toEmail }) => toEmail)
    expect(to).toEqual(['admin@northwind.example', 'owner@northwind.example'])
    expect(announced.every(({ template }) => template === 'posting-waits')).toBe(true)
    await desk.approve(id)
    await atOnce(3, () => mailApprovals(purser.services))
    const decided = (await desk.mailsAbout(id)).filter(({ template }) => template === 'posting-decided')
    expect(decided).toMatchObject([
      {
        toEmail: 'finance@northwind.example',
        values: { outcome: 'approved', by: 'admin@northwind.example' },
      },
    ])
  })

  test('broken off in the middle, nothing was told, and the next time tells it', async () => {
    const { waitingId: id } = await makeWaiting(purser.northwind)
    const add = () => Promise.reject(new Error('the plug was pulled'))
    await mailApprovals({ ...purser.services, queue: { add } })
    expect(await desk.mailsAbout(id)).toEqual([])
    expect((await desk.rowOf(id)).announcedAt).toBeNull()
    await mailApprovals(purser.services)
    expect((await desk.mailsAbout(id)).length).toBeGreaterThan(1)
  })

  test('what is withdrawn before anybody was told is told to nobody', async () => {
    const { waitingId: id, clerk } = await makeWaiting(purser.northwind)
    const by = { ...clerk, permissions: desk.actorOf('finance').permissions }
    await RejectPosting.run(callerBy(by), await findWaiting(by, id), { comment: '' })
    await mailApprovals(purser.services)
    expect(await desk.mailsAbout(id)).toEqual([])
  })
})
