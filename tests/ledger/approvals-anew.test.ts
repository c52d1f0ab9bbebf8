import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deduct, refill, reverse, setCredits } from '../support/postings.ts'
import type { RoleId } from '../../src/people/roles.ts'
import { ApprovalDesk, waitingIdOf } from '../support/approvals.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RoleLimits, byHand, limitRole, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeWaiting } from '../support/scene.ts'
import { type Visitor, refusalOf, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let admin: Visitor
let desk: ApprovalDesk
beforeAll(async () => {
  purser = await startPurser()
  admin = await purser.as(purser.northwind.staff.admin)
  desk = new ApprovalDesk(purser.northwind)
})
afterAll(() => purser.stop())
beforeEach(() => limit('finance', { approvalAbove: 20_000n }))

const limit = (role: RoleId, limits: RoleLimits) => limitRole(purser.northwind, role, limits)
const prove = (customer: Known) => proveLedger(purser.services.database.pool, customer)
type Known = Awaited<ReturnType<typeof makeCustomer>>

describe('approval looks at everything anew', () => {
  const refusedFor = async (id: string) => {
    const page = await admin.get(`/approvals/${id}`)
    const answer = await admin.post(`/approvals/${id}/approval`, {
      csrf: valueOf(page, 'csrf') ?? '',
      comment: 'yes',
    })
    expect((await desk.rowOf(id)).state).toBe('waiting')
    const [said, lastChange = ''] = refusalOf(answer).split(' Last change: ') as [string, string?]
    for (const one of [page, await admin.get(`/approvals?customer=${(await desk.rowOf(id)).customerId}`)]) {
      const card = one.html.querySelectorAll('.waiting').find(({ innerHTML }) => innerHTML.includes(id))
      const says = card?.querySelector('.hindrance')?.textContent.replace(/\s+/g, ' ').trim() ?? ''
      const isOffered = card?.querySelector('form[action$="/approval"]') !== null
      // What only the moment of booking tells cannot be known before.
      expect({ isOffered, says }).toEqual(
        said.includes('within 24 hours') ? { isOffered: true, says: '' } : { isOffered: false, says: said },
      )
    }
    return { status: answer.status, said, lastChange }
  }

  test('whether the maker may still post', async () => {
    const { waitingId: id, clerk, customer } = await makeWaiting(purser.northwind)
    const { prisma } = purser.owner
    await prisma.staff.updateMany({ where: { id: clerk.id as string }, data: { state: 'OFF' } })
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringContaining('can no longer post'),
    })
    await prisma.staff.updateMany({
      where: { id: clerk.id as string },
      data: { state: 'ON', roleId: 'support' },
    })
    expect(await refusedFor(id)).toMatchObject({ status: 409 })
    await prisma.staff.updateMany({ where: { id: clerk.id as string }, data: { roleId: 'finance' } })
    await desk.approve(id)
    expect((await desk.rowOf(id)).state).toBe('approved')
    expect((await prove(customer as Known)).balance).toBe(20_001n)
  })

  test('whether who approves still may, in the rule and in the database', async () => {
    const { waitingId: id, customer } = await makeWaiting(purser.northwind)
    const { prisma } = purser.owner
    const { id: adminId } = purser.northwind.staff.admin
    const become = (data: { roleId?: RoleId; state?: 'ON' | 'OFF' }) =>
      prisma.staff.updateMany({ where: { id: adminId }, data })
    // Signed in, and with the page open, when the role changes.
    const page = await admin.get(`/approvals/${id}`)
    await become({ roleId: 'support' })
    expect((await admin.submit(page, { comment: 'yes' }, { action: '/approval' })).status).toBe(403)
    // What was looked up just before that is not believed either.
    await expect(desk.approve(id)).rejects.toMatchObject({ status: 403 })
    await become({ roleId: 'admin', state: 'OFF' })
    await expect(desk.approve(id)).rejects.toMatchObject({ status: 403 })
    await become({ state: 'ON' })
    expect((await desk.rowOf(id)).state).toBe('waiting')
    await desk.approve(id)
    expect((await prove(customer as Known)).balance).toBe(20_001n)
  })

  test('whether it is another person: the maker stays the maker in another role', async () => {
    const { waitingId: id, clerk } = await makeWaiting(purser.northwind)
    const { prisma } = purser.owner
    await prisma.staff.updateMany({ where: { id: clerk.id as string }, data: { roleId: 'owner' } })
    const promoted = { ...desk.actorOf('owner'), id: clerk.id, name: 'somebody else' }
    await expect(desk.approve(id, promoted)).rejects.toMatchObject({ status: 403 })
    expect((await desk.rowOf(id)).state).toBe('waiting')
  })

  test('the limits of the maker’s role', async () => {
    const { waitingId: id } = await makeWaiting(purser.northwind)
    await limit('finance', { approvalAbove: 20_000n, entryMax: 20_000n })
    expect(await refusedFor(id)).toMatchObject({ status: 422, said: expect.stringContaining('200.00') })
    await limit('finance', { approvalAbove: 20_000n, dayMax: 20_000n })
    expect(await refusedFor(id)).toMatchObject({
      status: 422,
      said: expect.stringContaining('within 24 hours'),
    })
    await limit('finance', { approvalAbove: 20_000n, dayMax: 20_001n })
    await desk.approve(id)
  })

  test('what is there to be taken', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 30_000n })
    const id = await waitingIdOf(deduct(desk.actorOf('finance'), customer, byHand(30_000n)))
    await deduct(purser.northwind.system, customer, byHand(1n))
    expect(await refusedFor(id)).toMatchObject({ status: 422, said: expect.stringContaining('Only 299.99') })
    await refill(purser.northwind.system, customer, byHand(1n))
    await desk.approve(id)
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('the credits that the maker saw', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 5n })
    const id = await waitingIdOf(
      setCredits(desk.actorOf('finance'), customer, { ...byHand(), seen: 5n, credits: 30_000n }),
    )
    await setCredits(purser.northwind.system, customer, { ...byHand(), seen: 5n, credits: 6n })
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringMatching(/0\.06.* since Finance Person entered this/),
      lastChange: expect.stringMatching(/^The system, /),
    })
    await desk.reject(id)
    expect((await prove(customer)).credits).toBe(6n)
  })

  test('whether the grant would be over by then', async () => {
    const customer = await makeCustomer(purser.northwind)
    const grantExpiresAt = new Date(Date.now() - 60_000)
    const yesterday = desk.actorOf('finance', new Date(Date.now() - 24 * 60 * 60_000))
    const id = await waitingIdOf(
      setCredits(yesterday, customer, { ...byHand(), seen: 0n, credits: 30_000n, grantExpiresAt }),
    )
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringContaining('already have expired'),
    })
  })

  test('a receipt that was booked meanwhile', async () => {
    const customer = await makeCustomer(purser.northwind)
    const receipt = { reason: 'payment_received', channel: 'cash', reference: 'R-1' } as const
    const id = await waitingIdOf(
      refill(desk.actorOf('finance'), customer, { ...byHand(), ...receipt, amount: 30_000n }),
    )
    await refill(purser.northwind.system, customer, { ...byHand(), ...receipt, amount: 30_000n })
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringContaining('has since been posted'),
    })
    expect((await prove(customer)).balance).toBe(30_000n)
  })

  test('a reversal of what somebody else has reversed', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 30_000n })
    const { moves } = await prove(customer)
    const postingId = moves[0]?.posting_id as string
    const id = await waitingIdOf(reverse(desk.actorOf('finance'), customer, { ...byHand(), postingId }))
    await reverse(purser.northwind.system, customer, { ...byHand(), postingId })
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringContaining('already reversed'),
    })
    expect((await prove(customer)).balance).toBe(0n)
  })
})
