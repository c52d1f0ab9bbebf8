import { ask } from '../database/ask.ts'
import type { Actor } from '../people/actor.ts'

/**
 * What the reseller's staff are called, by the address under which rows keep who did a thing: also those who are OFF by now. One statement.
 */
export async function staffNames(actor: Actor): Promise<Readonly<Record<string, string>>> {
  const sql = () => 'select email, name from staff where reseller_id = $1'
  return namesByAddress(await ask<{ email: string; name: string }>(actor, sql, {}))
}

/** The same of staff who were read already. */
export const namesByAddress = (
  staff: readonly { email: string; name: string }[],
): Readonly<Record<string, string>> => Object.fromEntries(staff.map(({ email, name }) => [email, name]))

/** The staff who may be named in a list of what was done, by name: also those who are OFF by now. */
export const listAuthors = ({ database, reseller }: Actor) =>
  database.prisma.staff.findMany({
    where: { resellerId: reseller.id },
    select: { id: true, name: true, email: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
