import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invited, inviteEvents, inviteRow, join, newcomer } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, refusalOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const addressOf = ({ id }: { id: string }) => `/invites/${id}/revocation`
const revoke = async (row: { id: string }) =>
  owner.submit(await owner.get(addressOf(row)), {}, { action: addressOf(row) })

describe('revoking an invite', () => {
  test('makes the link dead, with a page that says what to do next; who came through it stays', async () => {
    const { row, path } = await invited(owner, purser.northwind, { kind: 'reusable' })
    expect((await join(purser.visitor(), path)).status).toBe(303)
    const answer = await revoke(row)
    expect([answer.status, answer.location]).toEqual([303, '/invites'])
    expect((await purser.visitor().get(path)).status).toBe(410)
    const page = await owner.get('/invites')
    const line = page.html.querySelector(`#invite-${row.id}`)?.textContent ?? ''
    expect(line).toContain('Revoked')
    expect(line).toMatch(/new-\d+@customer\.example/)
    expect(line).not.toContain('/join/')
    const [event] = await inviteEvents(purser.northwind, row, 'invite.revoked')
    expect(event).toMatchObject({
      actorName: 'owner@northwind.example',
      details: { invite: row.id, email: '' },
    })
  })

  test('asks first: opening the question changes nothing', async () => {
    const { row } = await invited(owner, purser.northwind)
    const list = await owner.get('/invites')
    expect(list.html.querySelector(`a[href="${addressOf(row)}"]`)?.textContent).toContain('Revoke')
    expect(list.html.querySelector(`form[action="${addressOf(row)}"]`)).toBeNull()
    const question = await owner.get(addressOf(row))
    expect(question.status).toBe(200)
    expect(wordsOf(question)).toContain('The link stops working immediately')
    expect((await inviteRow(purser.northwind, row)).revokedAt).toBeNull()
    await revoke(row)
    expect(refusalOf(await owner.get(addressOf(row)))).toContain('already revoked')
  })

  test('once it is used up is refused in words', async () => {
    const { row: used, path } = await invited(owner, purser.northwind)
    const before = await owner.get(addressOf(used))
    await join(purser.visitor(), path)
    const late = await owner.submit(before, {}, { action: addressOf(used) })
    expect([late.status, refusalOf(late)]).toEqual([409, expect.stringContaining('used up')])
    expect((await inviteRow(purser.northwind, used)).revokedAt).toBeNull()
  })

  test('against registering at the same moment: either the person came or was told, never both', async () => {
    for (let round = 0; round < 5; round++) {
      const { row, path } = await invited(owner, purser.northwind, { kind: 'reusable' })
      const visitor = purser.visitor()
      const [form, question] = [await visitor.get(path), await owner.get(addressOf(row))]
      const [answer] = await Promise.all([
        visitor.submit(form, newcomer()),
        owner.submit(question, {}, { action: addressOf(row) }),
      ])
      const { uses, revokedAt } = await inviteRow(purser.northwind, row)
      expect(revokedAt).not.toBeNull()
      expect([uses, answer.status]).toEqual(uses === 1 ? [1, 303] : [0, 410])
      expect(await purser.services.database.prisma.customer.count({ where: { inviteId: row.id } })).toBe(uses)
    }
  })
})
