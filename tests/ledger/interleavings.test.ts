import { setTimeout as pause } from 'node:timers/promises'
import { by as callerBy } from '../support/caller.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ApprovePosting } from '../../src/ledger/approvals/approve.ts'
import { findWaiting } from '../../src/ledger/approvals/waiting.ts'
import type { Booked, Posted } from '../../src/ledger/answer.ts'
import { charge, deduct, refill, reverse, setCredits } from '../support/postings.ts'
import type { Actor } from '../../src/people/actor.ts'
import { ROLES, type RoleId } from '../../src/people/roles.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { makeCustomer } from '../support/cast.ts'
import { proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { expireCredits } from '../support/rounds.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
  await purser.owner.prisma.role.update({
    where: { resellerId_id: { resellerId: purser.northwind.reseller.id, id: 'finance' } },
    data: { approvalAbove: 25n },
  })
})
afterAll(() => purser.stop())

/** A staff member as rules are told of them. */
const staff = (role: RoleId): Actor => ({
  ...purser.northwind.system,
  kind: 'staff',
  id: purser.northwind.staff[role].id,
  name: purser.northwind.staff[role].email,
  roleId: role,
  permissions: new Set(ROLES[role].permissions),
})

const amount = fc.bigInt({ min: 1n, max: 40n })
const whom = fc.integer({ min: 0, max: 1 })
/** By the system, or by somebody whose larger postings wait for another. */
const by = fc.constantFrom('system' as const, 'finance' as const)
// Few keys, so that many actions meet one that is used: by the same action, by another, for another customer.
const key = fc.integer({ min: 0, max: 15 })
/** Which of those there are so far. */
const which = fc.nat({ max: 30 })
const actions = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refill' as const), whom, by, key, amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deduct' as const), whom, by, key, amount }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      whom,
      by,
      key,
      credits: fc.bigInt({ min: 0n, max: 60n }),
      category: fc.constantFrom('promotional' as const, 'paid' as const),
      // So that some of it is over before the run is.
      lastsMs: fc.constantFrom(null, 12, 30, 86_400_000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('charge' as const), whom, by, key, amount }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('reverse' as const), by, key, which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('approve' as const), which }) },
)
type Action = typeof actions extends fc.Arbitrary<infer One> ? One : never
/** What is done at once, in several rounds after each other; between some of them, time passes. */
const round = fc.record({
  atOnce: fc.array(actions, { minLength: 1, maxLength: 14 }),
  thenMs: fc.constantFrom(0, 0, 35),
})
const rounds = fc.array(round, { minLength: 1, maxLength: 5 })

type Customer = Awaited<ReturnType<typeof makeCustomer>>

/** Two customers, and what has been done to their money. */
class Run {
  readonly customers: readonly Customer[]
  readonly booked: (Booked & { key: string; customer: Customer })[] = []
  readonly waiting = new Map<string, { key: string; customer: Customer }>()
  readonly refused: unknown[] = []
  readonly #name: string

  constructor(name: string, customers: readonly Customer[]) {
    this.#name = name
    this.customers = customers
  }

  async do(action: Action): Promise<void> {
    await this.#done(action).catch((error: unknown) => this.refused.push(error))
  }

  async #done(action: Action): Promise<void> {
    if (action.kind === 'expire') return expireCredits(purser.services)
    if (action.kind === 'approve') {
      const id = [...this.waiting.keys()][action.which % Math.max(this.waiting.size, 1)]
      const about = id && this.waiting.get(id)
      if (!about) return
      const admin = staff('admin')
      return this.#keep(
        await ApprovePosting.run(callerBy(admin), await findWaiting(admin, id), { comment: '' }),
        about,
      )
    }
    const actor = action.by === 'system' ? purser.northwind.system : staff('finance')
    const facts = {
      idempotencyKey: `${this.#name}-${action.key}`,
      reason: 'other',
      comment: 'property',
      note: '',
      reference: '',
      confirmDuplicate: false,
    } as const
    if (action.kind === 'reverse') {
      const what = this.booked[action.which % Math.max(this.booked.length, 1)]
      if (!what) return
      const posted = reverse(actor, what.customer, { ...facts, postingId: what.postingId })
      return this.#keep(await posted, { key: facts.idempotencyKey, customer: what.customer })
    }
    const customer = this.customers[action.whom] as Customer
    this.#keep(await this.#post(actor, customer, action, facts), { key: facts.idempotencyKey, customer })
  }

  async #post(
    actor: Actor,
    customer: Customer,
    action: Extract<Action, { whom: number }>,
    facts: Parameters<typeof refill>[2] extends infer Facts ? Omit<Facts, 'amount'> : never,
  ): Promise<Posted> {
    if (action.kind === 'refill') return refill(actor, customer, { ...facts, amount: action.amount })
    if (action.kind === 'deduct') return deduct(actor, customer, { ...facts, amount: action.amount })
    if (action.kind === 'charge') {
      const { idempotencyKey } = facts
      return charge(actor, customer, {
        idempotencyKey,
        amount: action.amount,
        description: 'x',
        reference: '',
      })
    }
    const { credits: seen } = await purser.services.database.prisma.customer.findFirstOrThrow({
      where: { id: customer.id },
    })
    const { credits, category, lastsMs } = action
    const grantExpiresAt = lastsMs === null ? undefined : new Date(Date.now() + lastsMs)
    return setCredits(actor, customer, { ...facts, seen, credits, category, grantExpiresAt })
  }

  #keep(posted: Posted, about: { key: string; customer: Customer }) {
    if (posted.waits) this.waiting.set(posted.waitingId, about)
    else this.booked.push({ ...posted, ...about })
  }
}

test(
  'whatever is done at once to credits, charges, grants and their ends, both accounts can be proved',
  { timeout: 240_000 },
  async () => {
    const met = new Map<string, number>()
    let runs = 0
    await fc.assert(
      fc.asyncProperty(rounds, fc.constantFrom(0n, 30n), async (plan, overdraft) => {
        runs += 1
        const customers = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
        await purser.owner.prisma.customer.updateMany({
          where: { id: { in: customers.map(({ id }) => id) } },
          data: { overdraft },
        })
        const run = new Run(`interleaved-${runs}`, customers)
        for (const { atOnce, thenMs } of plan) {
          await Promise.all(atOnce.map((action) => run.do(action)))
          await pause(thenMs)
        }

        for (const error of run.refused) {
          if (!(error instanceof Refusal)) throw error
          expect([403, 409, 422]).toContain(error.status)
        }
        for (const customer of customers) {
          const { moves } = await proveLedger(purser.services.database.pool, customer)
          for (const { kind } of moves) met.set(kind, (met.get(kind) ?? 0) + 1)
          const own = run.booked.filter((one) => one.customer === customer)
          // One posting for each key that succeeded at all, and everybody who used the key so was told the same; the job's have keys of their own.
          const keys = new Set(moves.filter(({ kind }) => kind !== 'expiry').map((move) => move.key))
          expect(keys).toEqual(new Set(own.map((one) => one.key)))
          for (const name of keys) {
            const told = own.filter((one) => one.key === name)
            expect(new Set(told.map(({ postingId }) => postingId)).size).toBe(1)
            expect(told.filter(({ fresh }) => fresh).length).toBeLessThanOrEqual(1)
            const [first] = told
            const moved = moves.filter(({ posting_id }) => posting_id === first?.postingId)
            expect(moved.map((move) => `${move.account} ${move.amount}`).toSorted()).toEqual(
              first?.moves.map((move) => `${move.account} ${move.amount}`).toSorted(),
            )
          }
          const reversals = moves.filter(({ account, reverses_id }) => account === 'CREDITS' && reverses_id)
          expect(new Set(reversals.map(({ reverses_id }) => reverses_id)).size).toBe(reversals.length)
          expect(await spentTooLate(customer)).toEqual([])
        }
      }),
      { numRuns: 100 },
    )
    // The plan was worth it only if all of it came to pass.
    expect([...met.keys()].toSorted()).toEqual([
      'charge',
      'credits_set',
      'deduction',
      'expiry',
      'refill',
      'reversal',
    ])
    const { rows } = await purser.services.database.pool.query(
      `select count(*)::int from waiting_postings where state = 'approved'`,
    )
    expect(rows[0].count).toBeGreaterThan(0)
  },
)

/** What took from a grant whose time was over, other than its expiry. */
async function spentTooLate({ id }: Customer) {
  const { rows } = await purser.services.database.pool.query(
    `select p.kind, m.amount from grant_movements m
     join credit_grants g on g.reseller_id = m.reseller_id and g.id = m.grant_id
     join postings p on p.reseller_id = m.reseller_id and p.id = m.posting_id
     where g.customer_id = $1 and m.amount < 0 and m.at >= g.expires_at and p.kind <> 'expiry'`,
    [id],
  )
  return rows
}

describe('at once', () => {
  let customer: Customer
  beforeEach(async () => {
    customer = await makeCustomer(purser.northwind, { balance: 500n, credits: 500n })
  })
  const prove = () => proveLedger(purser.services.database.pool, customer)
  const facts = (name: string) => ({
    idempotencyKey: `${name}-${customer.id}`,
    reason: 'contract' as const,
    comment: 'race',
    note: '',
    reference: '',
    confirmDuplicate: false,
  })
  const chargeOf = (at: number, sum: bigint) =>
    charge(purser.northwind.system, customer, {
      idempotencyKey: `charge-${at}-${customer.id}`,
      amount: sum,
      description: 'VM',
      reference: '',
    })
  const succeeded = (results: PromiseSettledResult<unknown>[]) => {
    for (const one of results)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ name: 'Refusal' })
    return results.filter(({ status }) => status === 'fulfilled').length
  }

  test('charges against deductions take what is there, and no more', async () => {
    const work = Array.from({ length: 40 }, (_, at) =>
      at % 2
        ? chargeOf(at, 50n)
        : deduct(purser.northwind.system, customer, { ...facts(`deduct-${at}`), amount: 50n }),
    )
    const done = succeeded(await Promise.allSettled(work))
    const { balance, credits } = await prove()
    // Credits go by charges only, and there are enough of those.
    expect([balance, credits, done]).toEqual([0n, 0n, 20])
  })

  test('two who set the credits upon the same sight, against a charge', async () => {
    const { system } = purser.northwind
    const results = await Promise.allSettled([
      setCredits(system, customer, { ...facts('one'), seen: 500n, credits: 700n }),
      setCredits(system, customer, { ...facts('other'), seen: 500n, credits: 900n }),
      chargeOf(0, 100n),
    ])
    // The charge always succeeds; of the two, the first at most.
    expect(results[2]?.status).toBe('fulfilled')
    expect(succeeded(results)).toBeLessThanOrEqual(2)
    const { credits } = await prove()
    expect([400n, 600n, 800n]).toContain(credits)
  })

  test('one charge reversed by twenty is reversed once', async () => {
    const posted = await chargeOf(0, 700n)
    if (posted.waits) throw new Error('The system waits for nobody.')
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        reverse(purser.northwind.system, customer, {
          ...facts(`reverse-${at}`),
          postingId: posted.postingId,
        }),
      ),
    )
    expect(succeeded(results)).toBe(1)
    expect(await prove()).toMatchObject({ balance: 500n, credits: 500n })
  })

  test('a customer whose row is held holds nobody else up', async () => {
    const other = await makeCustomer(purser.northwind, { balance: 500n })
    const holder = await purser.services.database.pool.connect()
    await holder.query('begin')
    await holder.query('select from customers where id = $1 for no key update', [customer.id])
    let isDone = false
    const held = chargeOf(0, 100n).finally(() => (isDone = true))
    const { system } = purser.northwind
    await charge(system, other, { ...facts('free'), amount: 100n, description: 'VM' })
    await refill(system, other, { ...facts('free-too'), amount: 100n })
    expect((await proveLedger(purser.services.database.pool, other)).balance).toBe(500n)
    expect(isDone).toBe(false)
    await holder.query('commit')
    holder.release()
    await held
    expect((await prove()).credits).toBe(400n)
  })
})
