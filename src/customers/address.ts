import type { Customer } from '../generated/prisma/client.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** The refusal, 422 at the field, of an address that another customer of the reseller has; it names that customer, for a link. */
export function addressTaken({ id, email }: Pick<Customer, 'id' | 'email'>): Refusal {
  return new Refusal(422, t('A customer with this address already exists.'), {
    field: 'email',
    facts: { takenBy: { id, email } },
  })
}
