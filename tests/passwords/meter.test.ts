import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { measure } from '../../src/people/password-meter.ts'
import type { Refusal } from '../../src/words/refusal.ts'
import { makeCustomer, PASSWORD } from '../support/cast.ts'
import { countStatuses } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, refusalOf } from '../support/visit.ts'

/** As costly to measure as any that may be typed. */
const COSTLY = 'p4ssw0rdP@$$w0rd'.repeat(8)

describe('the meter', () => {
  test('leaves the main thread to others', async () => {
    await measure('a first one, for which words are read', [])
    const before = performance.eventLoopUtilization()
    // Few enough that none is refused for its wait on a busy machine.
    await Promise.all(Array.from({ length: 3 }, () => measure(COSTLY, [])))
    const { active, idle } = performance.eventLoopUtilization(before)
    expect(active).toBeLessThan((active + idle) / 4)
  })

  test('has a short queue: of forty at once, those that cannot wait are told so', async () => {
    const all = await Promise.allSettled(Array.from({ length: 40 }, () => measure(COSTLY, [])))
    const refused = all.filter((one) => one.status === 'rejected').map(({ reason }) => reason as Refusal)
    expect(refused.length).toBeGreaterThanOrEqual(27)
    for (const one of refused) expect(one).toMatchObject({ status: 503, facts: { retryAfterSeconds: 5 } })
    expect(await measure(COSTLY, [])).toMatchObject({ score: 1 })
  })
})

describe('new passwords that are refused', () => {
  let purser: RunningPurser
  beforeAll(async () => {
    purser = await startPurser()
  })
  afterAll(() => purser.stop())

  test('count, for a customer who is logged in; ten in fifteen minutes', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = await purser.asCustomer(customer)
    const form = await browser.get('/console/password')
    const send = (password: string) => browser.submit(form, { current: PASSWORD, password })
    for (let tried = 1; tried <= 10; tried++) {
      const answer = await send('aaaaaaaaaaaaaaaaaaaa')
      expect(answer.status).toBe(422)
      expect(errorAt(answer, 'password')).toContain('easy to guess')
    }
    const answer = await send('aaaaaaaaaaaaaaaaaaaa')
    expect(answer.status).toBe(429)
    expect(refusalOf(answer)).toContain('Too many attempts. Try again in')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(60)
  })

  test('count through one invite, thirty for all who come from one network; others go on', async () => {
    const invites = await (await purser.as(purser.northwind.staff.owner)).get('/customers')
    const link = /\/join\/[\w.-]+/.exec(invites.text)?.[0] as string
    const visitor = purser.visitor()
    const form = await visitor.get(link)
    const answers = []
    for (let tried = 1; tried <= 31; tried++) {
      const fields = {
        email: `new-${tried}@customer.example`,
        name: 'New Person',
        password: 'aaaaaaaaaaaaaaaaaaaa',
      }
      answers.push(await visitor.submit(form, fields))
    }
    expect(countStatuses(answers)).toEqual({ 422: 30, 429: 1 })
    // What was typed is still there.
    expect(answers.at(-1)?.html.querySelector('[name="email"]')?.getAttribute('value')).toBe(
      'new-31@customer.example',
    )
  })
})
