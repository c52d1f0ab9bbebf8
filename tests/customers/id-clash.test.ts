import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

// Chance is the machine's: two IDs of 50 random bits do not clash by themselves while anybody watches.
const drawn = vi.hoisted(() => ({ next: [] as string[] }))
vi.mock('../../src/people/customer-id.ts', async (original) => {
  const real = await original<typeof import('../../src/people/customer-id.ts')>()
  return { ...real, newCustomerId: () => drawn.next.shift() ?? real.newCustomerId() }
})

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

test('an internal customer ID that is taken is drawn again, and nothing is left of the first try', async () => {
  const other = await makeCustomer(purser.northwind)
  const owner = await purser.as(purser.northwind.staff.owner)
  const form = await owner.get('/customers/new')
  drawn.next = [other.id, other.id]
  const fields = { email: 'clash@customer.example', name: 'Clash', teamName: 'Clash', credits: '1' }
  const answer = await owner.submit(form, fields)
  expect(answer.status).toBe(303)
  expect(answer.location).not.toBe(`/customers/${other.id}`)
  expect(drawn.next).toEqual([])
  const { prisma } = purser.owner
  expect(await prisma.team.count({ where: { name: 'Clash' } })).toBe(1)
  expect(await prisma.auditRow.count({ where: { event: 'customer.created' } })).toBe(1)
})
