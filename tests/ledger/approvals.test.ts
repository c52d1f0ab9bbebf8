import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { approvePosting, rejectPosting } from '../../src/ledger/approvals/approve.ts'
import { expireWaiting, mailApprovals } from '../../src/ledger/approvals/follow-up.ts'
import { findWaiting } from '../../src/ledger/approvals/waiting.ts'
import { newKey } from '../../src/ledger/forms.ts'
import { charge, deduct, refill, reverse, setCredits } from '../../src/ledger/ledger.ts'
import type { Actor } from '../../src/sessions/actor.ts'
import { FIRST_ROLES, type RoleId } from '../../src/staff/permissions.ts'
import { Refusal } from '../../src/web/refusal.ts'
import { makeCustomer } from '../support/cast.ts'
import { atOnce, deedsAbout, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeWaiting } from '../support/scene.ts'
import { type Visitor, errorAt, flashOf, refusalOf, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
let admin: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
  admin = await purser.as(purser.northwind.staff.admin)
})
afterAll(() => purser.stop())
beforeEach(() => limit('finance', { approvalAbove: 20_000n }))

const NONE = { entryMax: null, dayMax: null, approvalAbove: null }
type Limits = { entryMax?: bigint | null; dayMax?: bigint | null; approvalAbove?: bigint | null }

async function limit(role: RoleId, limits: Limits) {
  await purser.services.database.prisma.role.update({
    where: { resellerId_id: { resellerId: purser.northwind.reseller.id, id: role } },
    data: { ...NONE, ...limits },
  })
}

const prove = (customer: Known) => proveLedger(purser.services.database.pool, customer)
type Known = Awaited<ReturnType<typeof makeCustomer>>

/** A staff member as rules are told of them. */
const actorOf = (role: RoleId, at?: Date): Actor => ({
  ...purser.northwind.system,
  kind: 'staff',
  id: purser.northwind.staff[role].id,
  name: purser.northwind.staff[role].email,
  roleId: role,
  permissions: new Set(FIRST_ROLES[role].permissions),
  ...(at && { at }),
})

const rowOf = (id: string) =>
  purser.services.database.prisma.waitingPosting.findFirstOrThrow({ where: { id } })
const manual = () => ({
  idempotencyKey: newKey(),
  reason: 'courtesy' as const,
  comment: 'test',
  note: '',
  reference: '',
  confirmDuplicate: false,
})
const approve = async (id: string, by = actorOf('admin')) =>
  approvePosting(by, await findWaiting(by, id), { comment: '' })
const reject = async (id: string, by = actorOf('admin')) =>
  rejectPosting(by, await findWaiting(by, id), { comment: 'no' })

/** Enters it and gives the id under which it waits. */
async function waitingIdOf(posted: Promise<{ waits: boolean }>): Promise<string> {
  const outcome = (await posted) as { waits: boolean; waitingId?: string }
  expect(outcome.waits).toBe(true)
  return outcome.waitingId as string
}

/** Fills in Refill as finance and says where it waits. */
async function enterAsFinance(customer: { id: string }, amount = '300.00') {
  const form = await finance.get(`/customers/${customer.id}/balance`)
  const fields = { amount, reason: 'courtesy', comment: 'for the long outage' }
  const answer = await finance.submit(form, fields, { action: '/refills' })
  expect(answer.status).toBe(303)
  const row = await purser.services.database.prisma.waitingPosting.findFirstOrThrow({
    where: { customerId: customer.id },
    orderBy: { createdAt: 'desc' },
  })
  return { form, fields, answer, id: row.id }
}

describe('what is above the threshold', () => {
  test('waits: no money moves, and a second person approves it', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1_000n })
    const { id, answer } = await enterAsFinance(customer)
    expect(flashOf(await finance.follow(answer))).toContain('waits for a second person')
    expect((await prove(customer)).balance).toBe(1_000n)
    const details = await finance.get(`/customers/${customer.id}`)
    expect(wordsOf(details)).toContain('1 posting waits for a second person')
    const only = await admin.get(`/approvals?customer=${customer.id.toLowerCase()}`)
    expect(only.html.querySelectorAll('.waiting')).toHaveLength(1)
    const auditor = await purser.as(purser.northwind.staff.auditor)
    expect(wordsOf(await auditor.get(`/customers/${customer.id}`))).not.toContain('1 posting waits')

    const list = await admin.get('/approvals')
    const words = wordsOf(list)
    for (const said of [
      customer.email,
      'Refill',
      '300.00',
      'finance@northwind.example',
      'Courtesy',
      'for the long outage',
    ])
      expect(words).toContain(said)
    expect(words).toContain('Available now10.00')
    expect(list.html.querySelector('.badge-count')?.textContent).toMatch(/\d/)
    const approved = await admin.submit(list, { comment: 'as agreed' }, { action: `/${id}/approval` })
    expect(approved.status).toBe(303)
    expect(flashOf(await admin.follow(approved))).toContain('Approved: 300.00')

    const { balance, moves } = await prove(customer)
    expect(balance).toBe(31_000n)
    expect(moves.at(-1)).toMatchObject({ actor_id: purser.northwind.staff.finance.id, amount: '30000' })
    expect(
      (await deedsAbout(purser.northwind, customer))
        .slice(-3)
        .map(({ deed, actorName }) => [deed, actorName]),
    ).toEqual([
      ['posting.waits', 'finance@northwind.example'],
      ['balance.refilled', 'finance@northwind.example'],
      ['posting.approved', 'admin@northwind.example'],
    ])
    const [, posting, approval] = (await deedsAbout(purser.northwind, customer)).slice(-3)
    expect(posting?.details).toMatchObject({ approvedBy: 'admin@northwind.example' })
    expect(approval?.details).toMatchObject({ madeBy: 'finance@northwind.example', comment: 'as agreed' })
    expect(approval?.requestId).not.toBe(posting?.requestId)
    expect(await rowOf(id)).toMatchObject({
      state: 'approved',
      comment: 'as agreed',
      deciderName: 'admin@northwind.example',
    })
    const decided = wordsOf(await finance.get('/approvals?state=decided'))
    expect(decided).toContain('as agreed')
  })

  test('sent again it waits already, and is entered once', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { form, fields, id } = await enterAsFinance(customer)
    const again = await finance.submit(form, fields, { action: '/refills' })
    expect(flashOf(await finance.follow(again))).toContain('waits for a second person already')
    await approve(id)
    const late = await finance.submit(form, fields, { action: '/refills' })
    expect(flashOf(await finance.follow(late))).toContain('already applied')
    expect((await prove(customer)).balance).toBe(30_000n)
  })

  test.each([
    ['waiting', 'and that waits for a second person. Nothing was added now'],
    ['approved', 'and that was booked. Nothing was booked now'],
    ['rejected', 'and that was rejected or withdrawn, so nothing was booked'],
    ['expired', 'nobody decided on that within 72 hours, so nothing was booked'],
  ] as const)(
    'sent again with another amount when it is %s: 409, and what came of it',
    async (state, sentence) => {
      const customer = await makeCustomer(purser.northwind)
      const { form, fields, id } = await enterAsFinance(customer)
      if (state === 'approved') await approve(id)
      if (state === 'rejected') await reject(id)
      if (state === 'expired') {
        const { prisma } = purser.services.database
        await prisma.waitingPosting.updateMany({ where: { id }, data: { state, decidedAt: new Date() } })
      }
      const answer = await finance.submit(form, { ...fields, amount: '100' }, { action: '/refills' })
      expect(answer.status).toBe(409)
      expect(refusalOf(answer)).toContain(sentence)
      const booked = state === 'approved' ? 30_000n : 0n
      expect((await prove(customer)).balance).toBe(booked)
      expect((await finance.submit(answer, {}, { action: '/refills' })).status).toBe(303)
      expect((await prove(customer)).balance).toBe(booked + 10_000n)
      expect((await rowOf(id)).state).toBe(state)
    },
  )

  test('of each kind waits, and is booked as it was entered', async () => {
    await limit('finance', { approvalAbove: 0n })
    const customer = await makeCustomer(purser.northwind, { balance: 50_000n, credits: 100n })
    const maker = actorOf('finance')
    const entered: Promise<{ waits: boolean }>[] = [
      deduct(maker, customer, { ...manual(), amount: 1_000n }),
      setCredits(maker, customer, {
        ...manual(),
        seen: 100n,
        credits: 30_000n,
        category: 'paid',
        grantExpiresAt: new Date(Date.now() + 9e8),
      }),
      charge(maker, customer, {
        idempotencyKey: newKey(),
        amount: 30_500n,
        description: 'usage',
        reference: 'u-1',
      }),
    ]
    for (const posted of entered) await approve(await waitingIdOf(posted))
    expect(await prove(customer)).toMatchObject({ balance: 48_500n, credits: 0n })
    const grant = await purser.services.database.prisma.creditGrant.findFirstOrThrow({
      where: { customerId: customer.id, amount: 29_900n },
    })
    expect(grant).toMatchObject({ category: 'paid', remaining: 0n })
    const { moves } = await prove(customer)
    const charged = moves.find(({ kind }) => kind === 'charge')?.posting_id as string
    await approve(await waitingIdOf(reverse(maker, customer, { ...manual(), postingId: charged })))
    expect(await prove(customer)).toMatchObject({ balance: 49_000n, credits: 30_000n })
  })
})

describe('who may decide', () => {
  test('the maker never approves, whatever the role, in the rule and in the database', async () => {
    await limit('owner', { approvalAbove: 0n })
    const customer = await makeCustomer(purser.northwind)
    const own = actorOf('owner')
    const id = await waitingIdOf(refill(own, customer, { ...manual(), amount: 100n }))
    const owner = await purser.as(purser.northwind.staff.owner)
    const page = await owner.get(`/approvals/${id}`)
    expect(wordsOf(page)).toContain('somebody else has to approve it')
    const refused = await owner.post(`/approvals/${id}/approval`, { csrf: await tokenOf(owner) })
    expect(refused.status).toBe(403)
    expect(wordsOf(refused)).toContain('You entered this yourself')

    const waiting = await findWaiting(own, id)
    await expect(approvePosting(own, { ...waiting, isOwn: false }, { comment: '' })).rejects.toMatchObject({
      status: 403,
    })
    const { pool } = purser.services.database
    const forged = pool.query(
      `update waiting_postings set state = 'approved', decider_id = maker_id, posting_id = (select id from postings limit 1) where id = $1`,
      [id],
    )
    await expect(forged).rejects.toMatchObject({ constraint: 'waiting_postings_two_people' })
    const exchanged = pool.query('update waiting_postings set maker_id = gen_random_uuid() where id = $1', [
      id,
    ])
    await expect(exchanged).rejects.toMatchObject({ code: '42501' })
    const enlarged = pool.query('update waiting_postings set amount = amount * 2 where id = $1', [id])
    await expect(enlarged).rejects.toMatchObject({ code: '42501' })
    expect((await prove(customer)).balance).toBe(0n)
    await limit('owner', NONE)
  })

  test('the maker may withdraw it, without a comment', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { id } = await enterAsFinance(customer)
    const page = await finance.get(`/approvals/${id}`)
    const answer = await finance.submit(page, {}, { action: '/rejection' })
    expect(flashOf(await finance.follow(answer))).toContain('Withdrawn')
    await expect(approve(id)).rejects.toMatchObject({ status: 409 })
    expect((await deedsAbout(purser.northwind, customer)).map(({ deed }) => deed)).toEqual([
      'posting.waits',
      'posting.withdrawn',
    ])
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('a rejection needs a comment and tells the maker', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { id } = await enterAsFinance(customer)
    const list = await admin.get('/approvals')
    const empty = await admin.submit(list, { comment: ' ' }, { action: `/${id}/rejection` })
    expect(empty.status).toBe(422)
    expect(errorAt(empty, 'comment')).toBe('Fill this in.')
    const answer = await admin.submit(empty, { comment: 'not this customer' }, { action: '/rejection' })
    expect(flashOf(await admin.follow(answer))).toContain('Rejected')
    const mails = await mailsAbout(id)
    expect(mails.map(({ toEmail, template, values }) => [toEmail, template, values])).toEqual([
      [
        'finance@northwind.example',
        'posting-decided',
        expect.objectContaining({ outcome: 'rejected', comment: 'not this customer' }),
      ],
    ])
    await mailApprovals(purser.services)
    expect(await mailsAbout(id)).toHaveLength(1)
    expect((await deedsAbout(purser.northwind, customer)).at(-1)).toMatchObject({
      deed: 'posting.rejected',
      actorName: 'admin@northwind.example',
      details: { madeBy: 'finance@northwind.example', comment: 'not this customer' },
    })
    const again = await admin.post(`/approvals/${id}/rejection`, {
      csrf: await tokenOf(admin),
      comment: 'twice',
    })
    expect(again.status).toBe(409)
    expect(refusalOf(again)).toContain('rejected')
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('a stranger finds nothing, and who only enters finds their own', async () => {
    const { waitingId } = await makeWaiting(purser.northwind)
    const stranger = await purser.as(purser.eastgate.staff.owner)
    expect((await stranger.get(`/approvals/${waitingId}`)).status).toBe(404)
    const decision = await stranger.post(`/approvals/${waitingId}/approval`, {
      csrf: await tokenOf(stranger),
    })
    expect(decision.status).toBe(404)
    const support = await purser.as(purser.northwind.staff.support)
    expect((await support.get('/approvals')).status).toBe(403)

    const { prisma } = purser.services.database
    const where = { resellerId_id: { resellerId: purser.northwind.reseller.id, id: 'finance' } }
    const permissions = [...FIRST_ROLES.finance.permissions]
    await prisma.role.update({
      where,
      data: { permissions: permissions.filter((one) => one !== 'money.approve') },
    })
    const customer = await makeCustomer(purser.northwind)
    const { id } = await enterAsFinance(customer)
    const list = await finance.get('/approvals')
    expect(wordsOf(list)).toContain(customer.email)
    expect(list.html.querySelectorAll('.waiting').length).toBeGreaterThan(0)
    expect(list.html.querySelector('.badge-count')).toBeNull()
    expect(list.text).not.toContain(waitingId)
    expect((await finance.get(`/approvals/${waitingId}`)).status).toBe(404)
    expect((await finance.get(`/approvals/${id}`)).status).toBe(200)
    await prisma.role.update({ where, data: { permissions } })
  })
})

describe('approval looks at everything anew', () => {
  const refusedFor = async (id: string) => {
    const page = await admin.get(`/approvals/${id}`)
    const answer = await admin.submit(page, { comment: 'yes' }, { action: '/approval' })
    expect((await rowOf(id)).state).toBe('waiting')
    return {
      status: answer.status,
      said: refusalOf(answer),
      kept: answer.html.querySelector('[name="comment"]')?.getAttribute('value'),
    }
  }

  test('whether the maker may still post', async () => {
    const { waitingId: id, clerk, customer } = await makeWaiting(purser.northwind)
    const { prisma } = purser.services.database
    await prisma.staff.update({ where: { id: clerk.id as string }, data: { state: 'OFF' } })
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringContaining('may not move money any more'),
      kept: 'yes',
    })
    await prisma.staff.update({ where: { id: clerk.id as string }, data: { state: 'ON', roleId: 'support' } })
    expect(await refusedFor(id)).toMatchObject({ status: 409 })
    await prisma.staff.update({ where: { id: clerk.id as string }, data: { roleId: 'finance' } })
    await approve(id)
    expect((await rowOf(id)).state).toBe('approved')
    expect((await prove(customer as Known)).balance).toBe(20_001n)
  })

  test('whether who approves still may, in the rule and in the database', async () => {
    const { waitingId: id, customer } = await makeWaiting(purser.northwind)
    const { prisma } = purser.services.database
    const { id: adminId } = purser.northwind.staff.admin
    const become = (data: { roleId?: RoleId; state?: 'ON' | 'OFF' }) =>
      prisma.staff.update({ where: { id: adminId }, data })
    // Signed in, and with the page open, when the role changes.
    const page = await admin.get(`/approvals/${id}`)
    await become({ roleId: 'support' })
    expect((await admin.submit(page, { comment: 'yes' }, { action: '/approval' })).status).toBe(403)
    // What was looked up just before that is not believed either.
    await expect(approve(id)).rejects.toMatchObject({ status: 403 })
    await become({ roleId: 'admin', state: 'OFF' })
    await expect(approve(id)).rejects.toMatchObject({ status: 403 })
    await become({ state: 'ON' })
    expect((await rowOf(id)).state).toBe('waiting')
    await approve(id)
    expect((await prove(customer as Known)).balance).toBe(20_001n)
  })

  test('whether it is another person: the maker stays the maker in another role', async () => {
    const { waitingId: id, clerk } = await makeWaiting(purser.northwind)
    const { prisma } = purser.services.database
    await prisma.staff.update({ where: { id: clerk.id as string }, data: { roleId: 'owner' } })
    const promoted = { ...actorOf('owner'), id: clerk.id, name: 'somebody else' }
    await expect(approve(id, promoted)).rejects.toMatchObject({ status: 403 })
    expect((await rowOf(id)).state).toBe('waiting')
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
    await approve(id)
  })

  test('what is there to be taken', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 30_000n })
    const id = await waitingIdOf(deduct(actorOf('finance'), customer, { ...manual(), amount: 30_000n }))
    await deduct(purser.northwind.system, customer, { ...manual(), amount: 1n })
    expect(await refusedFor(id)).toMatchObject({ status: 422, said: expect.stringContaining('Only 299.99') })
    await refill(purser.northwind.system, customer, { ...manual(), amount: 1n })
    await approve(id)
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('the credits that the maker saw', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 5n })
    const id = await waitingIdOf(
      setCredits(actorOf('finance'), customer, { ...manual(), seen: 5n, credits: 30_000n }),
    )
    await setCredits(purser.northwind.system, customer, { ...manual(), seen: 5n, credits: 6n })
    expect(await refusedFor(id)).toMatchObject({ status: 409, said: expect.stringContaining('0.06') })
    await reject(id)
    expect((await prove(customer)).credits).toBe(6n)
  })

  test('whether the grant would be over by then', async () => {
    const customer = await makeCustomer(purser.northwind)
    const grantExpiresAt = new Date(Date.now() - 60_000)
    const yesterday = actorOf('finance', new Date(Date.now() - 24 * 60 * 60_000))
    const id = await waitingIdOf(
      setCredits(yesterday, customer, { ...manual(), seen: 0n, credits: 30_000n, grantExpiresAt }),
    )
    expect(await refusedFor(id)).toMatchObject({ status: 409, said: expect.stringContaining('is over') })
  })

  test('a receipt that was booked meanwhile', async () => {
    const customer = await makeCustomer(purser.northwind)
    const receipt = { reason: 'payment_received', channel: 'cash', reference: 'R-1' } as const
    const id = await waitingIdOf(
      refill(actorOf('finance'), customer, { ...manual(), ...receipt, amount: 30_000n }),
    )
    await refill(purser.northwind.system, customer, { ...manual(), ...receipt, amount: 30_000n })
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringContaining('was booked meanwhile'),
    })
    expect((await prove(customer)).balance).toBe(30_000n)
  })

  test('a reversal of what somebody else has reversed', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 30_000n })
    const { moves } = await prove(customer)
    const postingId = moves[0]?.posting_id as string
    const id = await waitingIdOf(reverse(actorOf('finance'), customer, { ...manual(), postingId }))
    await reverse(purser.northwind.system, customer, { ...manual(), postingId })
    expect(await refusedFor(id)).toMatchObject({
      status: 409,
      said: expect.stringContaining('reversed already'),
    })
    expect((await prove(customer)).balance).toBe(0n)
  })
})

describe('at once', () => {
  test('many approve: one posting, and the others are told that it was approved already', async () => {
    const { waitingId: id, customer } = await makeWaiting(purser.northwind)
    const approvers = [actorOf('admin'), actorOf('owner')]
    const results = await atOnce(8, (at) => approve(id, approvers[at % 2] as Actor))
    expect(results.filter(({ fresh }) => fresh)).toHaveLength(1)
    expect(new Set(results.map(({ postingId }) => postingId)).size).toBe(1)
    expect((await prove(customer as Known)).balance).toBe(20_001n)
    const twice = await admin.post(`/approvals/${id}/approval`, { csrf: await tokenOf(admin) })
    expect(flashOf(await admin.follow(twice))).toContain('approved already')
  })

  test('approve and reject: one of them', async () => {
    const outcomes = new Set<string>()
    for (let round = 0; round < 6; round++) {
      const { waitingId: id, customer } = await makeWaiting(purser.northwind)
      const settled = await Promise.allSettled(
        round % 2 ? [approve(id), reject(id, actorOf('owner'))] : [reject(id, actorOf('owner')), approve(id)],
      )
      const failed = settled.filter((one) => one.status === 'rejected')
      expect(failed).toHaveLength(1)
      expect(failed[0]?.reason).toBeInstanceOf(Refusal)
      expect(failed[0]?.reason).toMatchObject({ status: 409 })
      const { state } = await rowOf(id)
      outcomes.add(state)
      expect((await prove(customer as Known)).balance).toBe(state === 'approved' ? 20_001n : 0n)
    }
    expect([...outcomes].every((state) => ['approved', 'rejected'].includes(state))).toBe(true)
  })
})

const ago = (hours: number) => new Date(Date.now() - hours * 60 * 60_000)
const mailsAbout = (waitingId: string) =>
  purser.services.database.prisma.mail.findMany({
    where: { values: { path: ['waitingId'], equals: waitingId } },
    orderBy: [{ toEmail: 'asc' }, { createdAt: 'asc' }],
  })

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
    expect(refusalOf(late)).toContain('within 72 hours')
    await expect(reject(id)).rejects.toMatchObject({ status: 409 })

    await atOnce(3, () => expireWaiting(purser.services))
    await expireWaiting(purser.services)
    expect((await rowOf(id)).state).toBe('expired')
    expect((await rowOf(young.waitingId)).state).toBe('waiting')
    const expired = (await deedsAbout(purser.northwind, customer)).filter(
      ({ deed }) => deed === 'posting.expired',
    )
    expect(expired).toMatchObject([{ actorKind: 'system', details: { madeBy: email, waiting: id } }])
    await mailApprovals(purser.services)
    expect((await mailsAbout(id)).map(({ toEmail, template }) => [toEmail, template])).toEqual([
      [email, 'posting-decided'],
    ])
    expect(wordsOf(await admin.get(`/approvals/${id}`))).toContain('Expired')
    expect((await prove(customer)).balance).toBe(0n)
  })
})

describe('mails', () => {
  test('those who may decide are told once, the maker never is; and then the maker, what came of it', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { id } = await enterAsFinance(customer)
    await atOnce(3, () => mailApprovals(purser.services))
    await mailApprovals(purser.services)
    const announced = await mailsAbout(id)
    const to = announced.filter(({ toEmail }) => !toEmail.startsWith('0')).map(({ toEmail }) => toEmail)
    expect(to).toEqual(['admin@northwind.example', 'owner@northwind.example'])
    expect(announced.every(({ template }) => template === 'posting-waits')).toBe(true)
    await approve(id)
    await atOnce(3, () => mailApprovals(purser.services))
    const decided = (await mailsAbout(id)).filter(({ template }) => template === 'posting-decided')
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
    expect(await mailsAbout(id)).toEqual([])
    expect((await rowOf(id)).announcedAt).toBeNull()
    await mailApprovals(purser.services)
    expect((await mailsAbout(id)).length).toBeGreaterThan(1)
  })

  test('what is withdrawn before anybody was told is told to nobody', async () => {
    const { waitingId: id, clerk } = await makeWaiting(purser.northwind)
    const by = { ...clerk, permissions: actorOf('finance').permissions }
    await rejectPosting(by, await findWaiting(by, id), { comment: '' })
    await mailApprovals(purser.services)
    expect(await mailsAbout(id)).toEqual([])
  })
})
