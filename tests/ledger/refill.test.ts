import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, valueOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const courtesy = { amount: '1,234.50', reason: 'courtesy', comment: 'thanks' }

async function balanceOf({ id, resellerId }: { id: string; resellerId: string }) {
  const customer = await purser.services.database.prisma.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id } },
    include: { entries: { orderBy: { seq: 'asc' } } },
  })
  return { balance: customer.balance, entries: customer.entries.length }
}

describe('refill', () => {
  test('adds to the balance and says so', async () => {
    const customer = await makeCustomer(purser.northwind)
    const finance = await purser.as(purser.northwind.staff.finance)
    const form = await finance.get(`/customers/${customer.id}/balance`)
    const answer = await finance.submit(form, courtesy, { action: '/refills' })
    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`/customers/${customer.id}`)
    expect(await balanceOf(customer)).toEqual({ balance: 123_450n, entries: 1 })
  })

  test('a wrong amount is a sentence at the field and keeps what was typed', async () => {
    const customer = await makeCustomer(purser.northwind)
    const owner = await purser.as(purser.northwind.staff.owner)
    const form = await owner.get(`/customers/${customer.id}/balance`)
    const answer = await owner.submit(form, { ...courtesy, amount: '12,34' }, { action: '/refills' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'amount')).toMatch(/Enter an amount such as 1234\.50/)
    expect(answer.text).toContain('value="12,34"')
    expect(valueOf(answer, 'comment', '/refills')).toBe('thanks')
    expect(await balanceOf(customer)).toEqual({ balance: 0n, entries: 0 })
  })
})
