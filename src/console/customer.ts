import type { CustomerWithTeam } from '../customers/customer.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'

/** The customer whose console this is, read through the actor's own database. */
export function findOwnCustomer(actor: Actor): Promise<CustomerWithTeam> {
  return actor.database.prisma.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId: actor.reseller.id, id: consoleCustomerId(actor) } },
    include: { team: true },
  })
}
