import type { Actor } from '../people/actor.ts'
import { keptAddress } from '../words/email-address.ts'

/** Whom a row means: one customer's id, none, or several among whom nobody is to guess. */
export type NamedCustomers = { id: string } | 'nobody' | 'several'

/**
 * Whom these names mean, each an internal ID (in any case), an e-mail address (as it may be typed) or an external reference (as it is). All
 * three are looked for, so that a name which is one customer's ID and another's external reference means several. One statement.
 */
export async function customersMeant(
  { database, reseller }: Pick<Actor, 'database' | 'reseller'>,
  names: readonly string[],
): Promise<ReadonlyMap<string, NamedCustomers>> {
  const each = [...new Set(names)]
  const { rows } = await database.pool.query<{ name: string; ids: string[] }>({
    name: 'customers-meant',
    text: `
      select n.name, array(
        select c.id from customers c where c.reseller_id = $1 and c.id = upper(n.name)
        union select c.id from customers c where c.reseller_id = $1 and c.email = n.address
        union (select c.id from customers c
               where c.reseller_id = $1 and c.external_reference = n.name and c.external_reference <> '' limit 2)
      ) as ids from unnest($2::text[], $3::text[]) as n (name, address)`,
    values: [reseller.id, each, each.map(keptAddress)],
  })
  return new Map(
    rows.map(({ name, ids: [id, other] }) => [name, id ? (other ? 'several' : { id }) : 'nobody']),
  )
}
