import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ApprovePosting } from '../../src/ledger/approvals/approve.ts'
import { findWaiting } from '../../src/ledger/approvals/waiting.ts'
import { newKey } from '../../src/ledger/facts.ts'
import type { Actor } from '../../src/people/actor.ts'
import { type RoleId, ROLES } from '../../src/people/roles.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { ApprovalDesk, waitingIdOf } from '../support/approvals.ts'
import { by } from '../support/caller.ts'
import { makeCustomer } from '../support/cast.ts'
import { atOnce, byHand, eventsAbout, limitRole, proveLedger, type RoleLimits } from '../support/ledger.ts'
import { charge, deduct, refill, reverse, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { mailApprovals } from '../support/rounds.ts'
import { makeWaiting } from '../support/scene.ts'
import { type Answer, errorAt, flashOf, refusalOf, tokenOf, type Visitor, wordsOf } from '../support/visit.ts'

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

const toastLinks = (page: Answer) =>
  page.html.querySelectorAll('.flash a').map((link) => [link.textContent.trim(), link.getAttribute('href')])

describe('what is above the threshold', () => {
  test('waits: no money moves, and a second person approves it', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1_000n })
    const { id, answer } = await desk.enterRefill(finance, customer)
    const sent = await finance.follow(answer)
    expect(flashOf(sent)).toBe(
      `Sent for approval. Nothing changes for ${customer.email} until 300.00 USD is approved. Now: balance 10.00 USD.`,
    )
    expect(toastLinks(sent)).toEqual([['View', expect.stringMatching(/^\/approvals\/[0-9a-f-]+$/)]])
    expect((await prove(customer)).balance).toBe(1_000n)
    const details = await finance.get(`/customers/${customer.id}`)
    expect(wordsOf(details)).toContain('1 posting waiting for approval')
    const only = await admin.get(`/approvals?customer=${customer.id.toLowerCase()}`)
    expect(only.html.querySelectorAll('.waiting')).toHaveLength(1)
    const auditor = await purser.as(purser.northwind.staff.auditor)
    expect(wordsOf(await auditor.get(`/customers/${customer.id}`))).not.toContain('1 posting waits')

    const list = await admin.get('/approvals')
    const words = wordsOf(list)
    for (const said of [
      customer.email,
      customer.name,
      'Request expires',
      'Refill',
      '300.00',
      'Finance Person',
      'Courtesy',
      'for the long outage',
    ])
      expect(words).toContain(said)
    // As much as the balance is available, so it is said once.
    expect(words).toContain('Balance now10.00')
    expect(words).not.toContain('Available now')
    expect(list.html.querySelector('.badge-count')?.textContent).toMatch(/\d/)
    const approved = await admin.submit(list, { comment: 'as agreed' }, { action: `/${id}/approval` })
    expect(approved.status).toBe(303)
    const done = await admin.follow(approved)
    expect(flashOf(done)).toMatch(/^Approved and posted 300\.00 USD .* Now: balance 310\.00 USD\.$/)
    const posting = expect.stringMatching(
      new RegExp(`^/customers/${customer.id}/postings/[0-9a-f-]+`),
    ) as string
    expect(toastLinks(done)).toEqual([
      ['View', posting],
      ['Reverse', posting],
    ])

    const { balance, moves } = await prove(customer)
    expect(balance).toBe(31_000n)
    expect(moves.at(-1)).toMatchObject({ actor_id: purser.northwind.staff.finance.id, amount: '30000' })
    expect(
      (await eventsAbout(purser.northwind, customer))
        .slice(-3)
        .map(({ event, actorName }) => [event, actorName]),
    ).toEqual([
      ['posting.waits', 'finance@northwind.example'],
      ['balance.refilled', 'finance@northwind.example'],
      ['posting.approved', 'admin@northwind.example'],
    ])
    const [, booked, approval] = (await eventsAbout(purser.northwind, customer)).slice(-3)
    expect(booked?.details).toMatchObject({ approvedBy: 'admin@northwind.example' })
    expect(approval?.details).toMatchObject({ madeBy: 'finance@northwind.example', comment: 'as agreed' })
    expect(approval?.requestId).not.toBe(booked?.requestId)
    expect(await desk.rowOf(id)).toMatchObject({
      state: 'approved',
      comment: 'as agreed',
      deciderName: 'admin@northwind.example',
    })
    const decided = wordsOf(await finance.get('/approvals?state=decided'))
    expect(decided).toContain('as agreed')
  })

  test('sent again it waits already, and is entered once', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { form, fields, id } = await desk.enterRefill(finance, customer)
    const again = await finance.submit(form, fields, { action: '/refills' })
    expect(flashOf(await finance.follow(again))).toContain('already waiting for approval')
    await desk.approve(id)
    const late = await finance.submit(form, fields, { action: '/refills' })
    expect(flashOf(await finance.follow(late))).toContain('already posted')
    expect((await prove(customer)).balance).toBe(30_000n)
  })

  test.each([
    ['waiting', 'and those are waiting for approval. Nothing was added now'],
    ['approved', 'and those were posted. Nothing was posted now'],
    ['rejected', 'and those were rejected or withdrawn. Nothing was posted'],
    ['expired', 'those expired after 72 hours. Nothing was posted'],
  ] as const)(
    'sent again with another amount when it is %s: 409, and what came of it',
    async (state, sentence) => {
      const customer = await makeCustomer(purser.northwind)
      const { form, fields, id } = await desk.enterRefill(finance, customer)
      if (state === 'approved') await desk.approve(id)
      if (state === 'rejected') await desk.reject(id)
      if (state === 'expired') {
        const { prisma } = purser.owner
        await prisma.waitingPosting.updateMany({ where: { id }, data: { state, decidedAt: new Date() } })
      }
      const answer = await finance.submit(form, { ...fields, amount: '100' }, { action: '/refills' })
      expect(answer.status).toBe(409)
      expect(refusalOf(answer)).toContain(sentence)
      const booked = state === 'approved' ? 30_000n : 0n
      expect((await prove(customer)).balance).toBe(booked)
      expect((await finance.submit(answer, {}, { action: '/refills' })).status).toBe(303)
      expect((await prove(customer)).balance).toBe(booked + 10_000n)
      expect((await desk.rowOf(id)).state).toBe(state)
    },
  )

  test('of each kind waits, and is booked as it was entered', async () => {
    await limit('finance', { approvalAbove: 0n })
    const customer = await makeCustomer(purser.northwind, { balance: 50_000n, credits: 100n })
    const maker = desk.actorOf('finance')
    const entered: Promise<{ waits: boolean }>[] = [
      deduct(maker, customer, byHand(1_000n)),
      setCredits(maker, customer, {
        ...byHand(),
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
    for (const posted of entered) await desk.approve(await waitingIdOf(posted))
    expect(await prove(customer)).toMatchObject({ balance: 48_500n, credits: 0n })
    const grant = await purser.services.database.prisma.creditGrant.findFirstOrThrow({
      where: { customerId: customer.id, amount: 29_900n },
    })
    expect(grant).toMatchObject({ category: 'paid', remaining: 0n })
    const { moves } = await prove(customer)
    const charged = moves.find(({ kind }) => kind === 'charge')?.posting_id as string
    await desk.approve(await waitingIdOf(reverse(maker, customer, { ...byHand(), postingId: charged })))
    expect(await prove(customer)).toMatchObject({ balance: 49_000n, credits: 30_000n })
  })
})

describe('who may decide', () => {
  test('the maker never approves, whatever the role, in the rule and in the database', async () => {
    await limit('owner', { approvalAbove: 0n })
    const customer = await makeCustomer(purser.northwind)
    const own = desk.actorOf('owner')
    const id = await waitingIdOf(refill(own, customer, byHand(100n)))
    const owner = await purser.as(purser.northwind.staff.owner)
    const page = await owner.get(`/approvals/${id}`)
    expect(wordsOf(page)).toContain('someone else must approve it')
    const refused = await owner.post(`/approvals/${id}/approval`, { csrf: await tokenOf(owner) })
    expect(refused.status).toBe(403)
    expect(wordsOf(refused)).toContain('You entered this, so')

    const waiting = await findWaiting(own, id)
    await expect(
      ApprovePosting.run(by(own), { ...waiting, isOwn: false }, { comment: '' }),
    ).rejects.toMatchObject({
      status: 403,
    })
    const { pool } = purser.services.database
    const forged = purser.owner.pool.query(
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
    await limit('owner', {})
  })

  test('the maker may withdraw it, without a comment', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { id } = await desk.enterRefill(finance, customer)
    const page = await finance.get(`/approvals/${id}`)
    const answer = await finance.submit(page, {}, { action: '/rejection' })
    const withdrawn = await finance.follow(answer)
    expect(flashOf(withdrawn)).toMatch(
      /^Withdrawn: 300\.00 USD\. Nothing was posted for .* Now: balance .*\.$/,
    )
    expect(toastLinks(withdrawn)).toEqual([['View', `/approvals/${id}`]])
    await expect(desk.approve(id)).rejects.toMatchObject({ status: 409 })
    expect((await eventsAbout(purser.northwind, customer)).map(({ event }) => event)).toEqual([
      'posting.waits',
      'posting.withdrawn',
    ])
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('a rejection needs a comment and tells the maker', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { id } = await desk.enterRefill(finance, customer)
    const list = await admin.get('/approvals')
    const empty = await admin.submit(list, { comment: ' ' }, { action: `/${id}/rejection` })
    expect(empty.status).toBe(422)
    expect(errorAt(empty, 'comment')).toBe('This field is required.')
    const answer = await admin.submit(empty, { comment: 'not this customer' }, { action: '/rejection' })
    expect(flashOf(await admin.follow(answer))).toContain('Rejected')
    const mails = await desk.mailsAbout(id)
    expect(mails.map(({ toEmail, template, values }) => [toEmail, template, values])).toEqual([
      [
        'finance@northwind.example',
        'posting-decided',
        expect.objectContaining({ outcome: 'rejected', comment: 'not this customer' }),
      ],
    ])
    await mailApprovals(purser.services)
    expect(await desk.mailsAbout(id)).toHaveLength(1)
    expect((await eventsAbout(purser.northwind, customer)).at(-1)).toMatchObject({
      event: 'posting.rejected',
      actorName: 'admin@northwind.example',
      details: { madeBy: 'finance@northwind.example', comment: 'not this customer' },
    })
    const again = await admin.post(`/approvals/${id}/rejection`, {
      csrf: await tokenOf(admin),
      comment: 'twice',
    })
    expect(again.status).toBe(409)
    expect(refusalOf(again)).toMatch(/rejected.*Last change: you, in another window or browser, /)
    const owner = await purser.as(purser.northwind.staff.owner)
    for (const decision of ['approval', 'rejection']) {
      const late = await owner.post(`/approvals/${id}/${decision}`, {
        csrf: await tokenOf(owner),
        comment: 'late',
      })
      expect(late.status).toBe(409)
      expect(refusalOf(late)).toMatch(/rejected.*Last change: Admin Person, .* \d{4}, \d\d:\d\d$/)
      expect(late.html.querySelector('.form-errors .person')?.getAttribute('title')).toBe(
        'admin@northwind.example',
      )
    }
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('who only enters finds their own', async () => {
    const { waitingId } = await makeWaiting(purser.northwind)
    const { prisma } = purser.owner
    const where = { resellerId_id: { resellerId: purser.northwind.reseller.id, id: 'finance' } }
    const permissions = [...ROLES.finance.permissions]
    await prisma.role.update({
      where,
      data: { permissions: permissions.filter((one) => one !== 'money.approve') },
    })
    const customer = await makeCustomer(purser.northwind)
    const { id } = await desk.enterRefill(finance, customer)
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

describe('at once', () => {
  test('many approve: one posting, and the others are told that it was approved already', async () => {
    const { waitingId: id, customer } = await makeWaiting(purser.northwind)
    const approvers = [desk.actorOf('admin'), desk.actorOf('owner')]
    const results = await atOnce(8, (at) => desk.approve(id, approvers[at % 2] as Actor))
    expect(results.filter(({ fresh }) => fresh)).toHaveLength(1)
    expect(new Set(results.map(({ postingId }) => postingId)).size).toBe(1)
    expect((await prove(customer as Known)).balance).toBe(20_001n)
    const twice = await admin.post(`/approvals/${id}/approval`, { csrf: await tokenOf(admin) })
    expect(flashOf(await admin.follow(twice))).toMatch(
      /^This was already approved and posted by (Admin Person|Rosa Owen), \d+ \w+ \d{4}, /,
    )
  })

  test('approve and reject: one of them', async () => {
    const outcomes = new Set<string>()
    for (let round = 0; round < 6; round++) {
      const { waitingId: id, customer } = await makeWaiting(purser.northwind)
      const settled = await Promise.allSettled(
        round % 2
          ? [desk.approve(id), desk.reject(id, desk.actorOf('owner'))]
          : [desk.reject(id, desk.actorOf('owner')), desk.approve(id)],
      )
      const failed = settled.filter((one) => one.status === 'rejected')
      expect(failed).toHaveLength(1)
      expect(failed[0]?.reason).toBeInstanceOf(Refusal)
      expect(failed[0]?.reason).toMatchObject({ status: 409 })
      const { state } = await desk.rowOf(id)
      outcomes.add(state)
      expect((await prove(customer as Known)).balance).toBe(state === 'approved' ? 20_001n : 0n)
    }
    expect([...outcomes].every((state) => ['approved', 'rejected'].includes(state))).toBe(true)
  })
})
