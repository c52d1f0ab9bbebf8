import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deduct, refill, setCredits } from '../support/postings.ts'
import type { Booked } from '../../src/ledger/answer.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { makeCustomer } from '../support/cast.ts'
import { booked as bookedBy, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const amount = fc.bigInt({ min: 1n, max: 40n })
const actions = fc.record({
  // Few keys, so that many actions meet one that is used: by the same action, by another, on another account.
  key: fc.integer({ min: 0, max: 11 }),
  action: fc.oneof(
    fc.record({ kind: fc.constant('refill' as const), amount }),
    fc.record({ kind: fc.constant('deduct' as const), amount }),
    fc.record({
      kind: fc.constant('set' as const),
      credits: fc.bigInt({ min: 0n, max: 3n }),
      seen: fc.bigInt({ min: 0n, max: 3n }),
    }),
  ),
})
/** What is done at once, in several rounds after each other. */
const rounds = fc.array(fc.array(actions, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })

test(
  'whatever is done at once, in whatever order, both accounts can be proved',
  { timeout: 120_000 },
  async () => {
    const { system } = purser.northwind
    let runs = 0
    await fc.assert(
      fc.asyncProperty(rounds, async (plan) => {
        const customer = await makeCustomer(purser.northwind)
        runs += 1
        const booked = new Map<string, Booked[]>()
        const refused: unknown[] = []
        const manual = {
          reason: 'other',
          comment: 'property',
          note: '',
          reference: '',
          confirmDuplicate: false,
        } as const
        for (const round of plan) {
          await Promise.all(
            round.map(async ({ key, action }) => {
              const facts = { ...manual, idempotencyKey: `property-${runs}-${key}` }
              const work =
                action.kind === 'set'
                  ? setCredits(system, customer, { ...facts, ...action })
                  : (action.kind === 'refill' ? refill : deduct)(system, customer, {
                      ...facts,
                      amount: action.amount,
                    })
              await work.then(
                (posted) =>
                  booked.set(facts.idempotencyKey, [
                    ...(booked.get(facts.idempotencyKey) ?? []),
                    bookedBy(posted),
                  ]),
                (error: unknown) => refused.push(error),
              )
            }),
          )
        }
        for (const error of refused) {
          expect(error).toBeInstanceOf(Refusal)
          expect([409, 422]).toContain((error as Refusal).status)
        }
        const { moves } = await proveLedger(purser.services.database.pool, customer)
        // One posting for each key that succeeded at all, and everybody who used the key so was told the same.
        expect(moves.map(({ key }) => key).toSorted()).toEqual([...booked.keys()].toSorted())
        for (const [key, results] of booked) {
          const move = moves.find((one) => one.key === key)
          expect(results.filter(({ fresh }) => fresh)).toHaveLength(1)
          for (const { postingId, amount: moved, before, after } of results) {
            expect([postingId, `${moved}`, `${before}`, `${after}`]).toEqual([
              move?.posting_id,
              move?.amount,
              move?.before,
              move?.after,
            ])
          }
        }
      }),
      { numRuns: 40 },
    )
  },
)
