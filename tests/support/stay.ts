import type { LoginAsMode } from '../../src/generated/prisma/client.ts'
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
