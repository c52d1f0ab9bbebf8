import { ask } from '../database/ask.ts'
import type { Transaction } from '../database/client.ts'
import type { Bind } from '../database/cursor.ts'
import type { Customer } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

type Named = Pick<Customer, 'id' | 'email'>

/** As many as a page names of those who share a reference. */
const NAMED_MAX = 5

/** SQL for the customers of whoElseHas(): `key` for the folded reference, `id` for the customer's id. */
const whoElseSql = (key: string, id: string) => `
  select id, email from customers
  where reseller_id = $1 and external_reference_key = ${key} and id <> ${id}
  order by external_reference_place limit ${NAMED_MAX}`

type Bearer = Pick<Customer, 'resellerId' | 'id' | 'externalReference'>

/**
 * The reseller's other customers whose external reference reads as this one does (folded_name() in the database): at most one since
 * each belongs to one customer, and those who shared it before. One statement; none for an empty reference.
 */
export async function whoElseHas(
  db: Pick<Transaction, '$queryRawUnsafe'>,
  { resellerId, id, externalReference }: Bearer,
): Promise<Named[]> {
  if (externalReference === '') return []
  return db.$queryRawUnsafe<Named[]>(whoElseSql('folded_name($2)', '$3'), resellerId, externalReference, id)
}

/** The same, asked together with what else a page asks. */
export function askWhoElseHas(actor: Actor, { id }: { id: string }): Promise<Named[]> {
  const key = (bind: Bind) =>
    `(select external_reference_key from customers where reseller_id = $1 and id = ${bind(id)})`
  return ask(actor, (bind) => whoElseSql(key(bind), bind(id)), {})
}

/** The refusal, 422 at the field, of a reference that another customer of the reseller has; it names that customer, for a link. */
export const referenceTaken = ({ id, email }: Named) =>
  new Refusal(
    422,
    t('Another customer already has this external reference. Each one can be used only once.'),
    { field: 'externalReference', facts: { referenceOf: { id, email } } },
  )
