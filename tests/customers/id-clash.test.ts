import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

/** Lets the machine draw the characters of these IDs next. Chance is the machine's: two IDs of 50 random bits do not clash by themselves. */
function draw(ids: string[]) {
  const characters = ids.join('').split('')
  const real = crypto.randomInt as (max: number) => number
  const spy = vi.spyOn(crypto, 'randomInt').mockImplementation((max: number) => {
    const next = max === ALPHABET.length ? characters.shift() : undefined
    return next ? ALPHABET.indexOf(next) : real(max)
  })
  syncBuiltinESMExports()
  onTestFinished(() => {
    spy.mockRestore()
    syncBuiltinESMExports()
  })
  return characters
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

test('an internal customer ID that is taken is drawn again, and nothing is left of the first try', async () => {
  const other = await makeCustomer(purser.northwind)
  const owner = await purser.as(purser.northwind.staff.owner)
  const form = await owner.get('/customers/new')
  const left = draw([other.id, other.id])
  const fields = { email: 'clash@customer.example', name: 'Clash', teamName: 'Clash', credits: '1' }
  const answer = await owner.submit(form, fields)
  expect(answer.status).toBe(303)
  expect(answer.location).not.toBe(`/customers/${other.id}`)
  expect(left).toEqual([])
  const { prisma } = purser.owner
  expect(await prisma.team.count({ where: { name: 'Clash' } })).toBe(1)
  expect(await prisma.auditRow.count({ where: { event: 'customer.created' } })).toBe(1)
})
