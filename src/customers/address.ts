import type { Actor } from '../sessions/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'

/**
 * The refusal, 422 at the field, where another customer of the reseller has this address; null where it is free. It names that
 * customer, for a link. The unique constraint has the last word: this puts it into words.
 */
export async function addressTaken(
  { database, reseller }: Actor,
  email: string,
  { exceptId }: { exceptId?: string } = {},
): Promise<Refusal | null> {
  const takenBy = await database.prisma.customer.findUnique({
    where: { resellerId_email: { resellerId: reseller.id, email } },
    select: { id: true, email: true },
  })
  if (!takenBy || takenBy.id === exceptId) return null
  return new Refusal(422, t('There is a customer with this address already.'), {
    field: 'email',
    facts: { takenBy },
  })
}
