import type { Request, Response } from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConsoleActor } from '../../src/console/load-actor.ts'
import { transaction } from '../../src/database/client.ts'
import { setCredits } from '../../src/ledger/ledger.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/stay.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const db = () => purser.services.database.prisma

/** The actor that a request in this stay would have, made by the very middleware. */
async function actorIn(customer: { id: string; resellerId: string }) {
  const { id: loginAsId } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  const person = { kind: 'customer', id: customer.id, resellerId: customer.resellerId, loginAsId }
  const req = {
    app: { locals: { services: purser.services } },
    session: { person },
    id: 'test',
  } as unknown as Request
  await new Promise((resolve) => loadConsoleActor(req, { locals: {} } as Response, resolve))
  return req.actor
}

describe('ReadOnly Login', () => {
  test('refuses every unsafe method, in words, and writes the refusal down', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(purser.northwind.staff.support)
    await enter(staff, customer, 'readonly')
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await staff.send(method, '/console/profile', { headers: { Origin: purser.url } })
      expect(answer.status).toBe(403)
      expect(wordsOf(answer)).toContain('change nothing')
    }
    const rows = await db().auditRow.findMany({
      where: { customerId: customer.id, deed: 'login_as.refused' },
    })
    expect(rows.map(({ details }) => (details as { method: string }).method).sort()).toEqual([
      'DELETE',
      'PATCH',
      'POST',
      'PUT',
    ])
    expect(rows[0]).toMatchObject({ actorName: 'support@northwind.example', forCustomerId: customer.id })
  })

  test('a rule that writes all the same fails in the database, by Prisma, in a transaction and by SQL', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(purser.northwind.staff.support)
    await enter(staff, customer, 'readonly')
    const actor = await actorIn(customer)
    const rename = {
      where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
      data: { name: 'Mallory' },
    }
    const refusal = /read-only transaction/
    await expect(actor.database.prisma.customer.update(rename)).rejects.toThrow(refusal)
    await expect(transaction(actor, (tx) => tx.customer.update(rename))).rejects.toThrow(refusal)
    await expect(actor.database.pool.query('delete from sessions')).rejects.toMatchObject({ code: '25006' })
    const grant = {
      idempotencyKey: 'key-of-a-rule',
      reason: 'courtesy',
      comment: '',
      note: '',
      credits: 5n,
      seen: 0n,
    } as const
    await expect(
      setCredits({ ...actor, permissions: new Set(['money.post']) }, customer, grant),
    ).rejects.toMatchObject({ code: '25006' })
    expect(await db().customer.findFirstOrThrow({ where: { id: customer.id } })).toMatchObject({
      name: customer.name,
      credits: 0n,
    })
  })

  test('under Admin Login the same rule writes', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(purser.northwind.staff.admin)
    await enter(staff, customer, 'admin')
    const actor = await actorIn(customer)
    await actor.database.prisma.customer.update({
      where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
      data: { name: 'Renamed' },
    })
    expect(await db().customer.findFirstOrThrow({ where: { id: customer.id } })).toMatchObject({
      name: 'Renamed',
    })
  })
})
