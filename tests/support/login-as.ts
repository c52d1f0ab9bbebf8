import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Request, Response } from 'express'
import { loadConsoleActor } from '../../src/console/load-actor.ts'
import type { LoginAsMode } from '../../src/generated/prisma/client.ts'
import type { Actor } from '../../src/people/actor.ts'
import type { RunningPurser } from './purser.ts'
import type { Answer, Visitor } from './visit.ts'

/** Asks for a login as the customer, in the portal; the answer leads to the console. */
export async function askToEnter(
  staff: Visitor,
  customer: { id: string },
  mode: LoginAsMode,
): Promise<Answer> {
  const form = await staff.get(`/customers/${customer.id}/login-as`)
  return staff.submit(form, { mode, reason: 'Ticket 4711' }, { action: '/login-as' })
}

/** Goes all the way into the customer's console. */
export async function enter(staff: Visitor, customer: { id: string }, mode: LoginAsMode): Promise<Answer> {
  return staff.follow(await staff.follow(await askToEnter(staff, customer, mode)))
}

/** The actor that a request in this customer's only stay would have, made by the very middleware. */
export async function actorIn(
  { services }: Pick<RunningPurser, 'services'>,
  customer: { id: string; resellerId: string },
): Promise<Actor> {
  const { prisma } = services.database
  const { id: loginAsId } = await prisma.loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  const person = { kind: 'customer', id: customer.id, resellerId: customer.resellerId, loginAsId }
  const message = new IncomingMessage(new Socket())
  const req = Object.assign(message, {
    app: { locals: { services } },
    session: { person },
    id: 'test',
    method: 'GET',
    originalUrl: '/console',
    get: () => undefined,
  }) as unknown as Request
  const res = Object.assign(new ServerResponse(message), { locals: {} }) as unknown as Response
  await loadConsoleActor(req, res, () => {})
  return req.actor
}
