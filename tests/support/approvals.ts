import { expect } from 'vitest'
import { by as callerBy } from './caller.ts'
import { ApprovePosting, RejectPosting } from '../../src/ledger/approvals/approve.ts'
import { findWaiting } from '../../src/ledger/approvals/waiting.ts'
import type { Actor } from '../../src/people/actor.ts'
import { ROLES, type RoleId } from '../../src/people/roles.ts'
import type { House } from './cast.ts'
import type { Visitor } from './visit.ts'

/** Where a house decides what waits for a second person, by the rules themselves. */
export class ApprovalDesk {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** A staff member as rules are told of them. */
  actorOf(role: RoleId, at?: Date): Actor {
    const { id, email } = this.#house.staff[role]
    const permissions = new Set(ROLES[role].permissions)
    return {
      ...this.#house.system,
      kind: 'staff',
      id,
      name: email,
      roleId: role,
      permissions,
      ...(at && { at }),
    }
  }

  async approve(waitingId: string, by = this.actorOf('admin')) {
    return ApprovePosting.run(callerBy(by), await findWaiting(by, waitingId), { comment: '' })
  }

  async reject(waitingId: string, by = this.actorOf('admin')) {
    return RejectPosting.run(callerBy(by), await findWaiting(by, waitingId), { comment: 'no' })
  }

  rowOf(waitingId: string) {
    return this.#house.system.database.prisma.waitingPosting.findFirstOrThrow({ where: { id: waitingId } })
  }

  /** Fills in Refill as somebody above whose threshold it is, and says where it waits. */
  async enterRefill(visitor: Visitor, customer: { id: string }, amount = '300.00') {
    const form = await visitor.get(`/customers/${customer.id}/balance`)
    const fields = { amount, reason: 'courtesy', comment: 'for the long outage' }
    const answer = await visitor.submit(form, fields, { action: '/refills' })
    expect(answer.status).toBe(303)
    const { id } = await this.#house.system.database.prisma.waitingPosting.findFirstOrThrow({
      where: { customerId: customer.id },
      orderBy: { createdAt: 'desc' },
    })
    return { form, fields, answer, id }
  }

  mailsAbout(waitingId: string) {
    return this.#house.system.database.prisma.mail.findMany({
      where: { values: { path: ['waitingId'], equals: waitingId } },
      orderBy: [{ toEmail: 'asc' }, { createdAt: 'asc' }],
    })
  }
}

/** The id under which it waits. */
export async function waitingIdOf(posted: Promise<{ waits: boolean }>): Promise<string> {
  const outcome = (await posted) as { waits: boolean; waitingId?: string }
  expect(outcome.waits).toBe(true)
  return outcome.waitingId as string
}
