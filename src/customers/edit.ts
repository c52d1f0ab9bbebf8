import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { changesBetween, type Changes, changesInWords } from '../events/changes.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'
import { type CustomerAsRead, findCustomer, lockCustomer } from '../people/customer.ts'
import { revokeLinks } from '../people/one-time-link.ts'
import { mustKnowOwnPassword, wrongPassword } from '../people/own-password.ts'
import { knownPassword } from '../people/password-policy.ts'
import { RESET_MARK, proofLinks, resetMarkOf } from '../people/reset-mark.ts'
import { limited } from '../people/throttle.ts'
import { refreshTeamType } from '../teams/type.ts'
import { hiddenValue } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { addressTaken } from './address.ts'
import { BASIC_NAMES, type Basics, EditedBasics, basicsOf } from './basics.ts'
import { referenceTaken, whoElseHas } from './external-reference.ts'
import { tellOfNewAddress } from './notices.ts'
import { mailPasswordLink } from './password-link.ts'
import { sendVerification } from './verify.ts'

const customerChanged = event<Changes>('customer.changed', t('Customer changed'), (changes) =>
  t('changed {changes}', { changes: changesInWords(changes, BASIC_NAMES) }),
)

/** A count of edits as the page sent it out. */
const version = () => hiddenValue(/^\d{1,9}$/).transform(Number)

const EditForm = EditedBasics.extend({ version: version() })

/**
 * Changes the basic information of a customer and gives the fields that changed, none for a form that is sent twice. A new address has
 * to be verified again; until then the team is Default. The former address gets a mail. Locks the customer, then links and mails, then
 * the team.
 *
 * @throws 409 for an older version than the current one, see savedMeanwhile(); 422 for an address or a new external reference of
 * another customer
 */
export const EditCustomer = action({
  may: ['customers.edit'],
  // At another address, whoever reads its mail can set the password.
  proof: (_by, { email }: { id: string; email: string }, edit) => edit.email !== email,
  leaves: [customerChanged],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  input: EditForm,
  run: ({ actor }, { id }: { id: string; email: string }, edit) => applyEdit(actor, id, edit),
})

/** As EditCustomer, for the customer's own name and phone. */
export const EditOwnProfile = action({
  may: 'customer',
  leaves: [customerChanged],
  on: async ({ actor }) => consoleCustomerId(actor),
  input: EditForm.pick({ version: true, name: true, phone: true }),
  run: ({ actor }, id, edit) => applyEdit(actor, id, edit),
})

/**
 * As EditCustomer, for the customer's own address: it is their login, so changing it takes the password.
 *
 * @throws 409 after a reset, until the customer has proved who they are, since staff have seen the password; 422 at its field for a
 * wrong password; 429 after too many of them, or too many addresses, even refused ones: each may cause a mail or tell that it is taken
 */
export const ChangeOwnEmail = action({
  may: 'themself',
  leaves: [customerChanged],
  on: async ({ actor }) => consoleCustomerId(actor),
  input: EditForm.pick({ version: true, email: true }).extend({ password: knownPassword() }),
  async run({ actor, services: { keys } }, id, { password, ...edit }) {
    await mustHaveProved(actor, id)
    const { passwordMark } = await mustKnowOwnPassword(actor, { password, field: 'password' }, keys)
    const counters = [{ limit: 'own-email', of: `${actor.reseller.id} ${id}` }] as const
    return limited({ database: actor.database, keys }, counters, () =>
      // A reset that comes in between sets another password, which does not hold.
      applyEdit(actor, id, edit, { passwordMark, state: 'ON' }),
    )
  },
})

async function mustHaveProved({ database, reseller }: Actor, id: string) {
  const customer = await database.prisma.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId: reseller.id, id } },
    select: RESET_MARK,
  })
  const mark = resetMarkOf(customer)
  if (!mark) return
  const { by, proofEmail } = mark
  throw new Refusal(
    409,
    proofEmail
      ? t(
          'Your password was reset by {by}. You can change the address once you have used a link sent to {email}.',
          { by, email: proofEmail },
        )
      : t('Your password was reset by {by}, so you cannot change the address here. Contact {reseller}.', {
          by,
          reseller: reseller.name,
        }),
  )
}

/** `holds`: what still has to hold when it is written: the password that was checked, of a customer who is ON. */
async function applyEdit(
  actor: Actor,
  id: string,
  { version, ...wanted }: { version: number } & Partial<Basics>,
  holds?: Pick<Customer, 'passwordMark' | 'state'>,
): Promise<readonly string[]> {
  try {
    return await transaction(actor, async (db) => {
      const customer = await lockCustomer(db, actor, id)
      if (!customer) throw new Refusal(404, t('Customer not found.'))
      const { externalReference = '' } = wanted
      const [other] = await whoElseHas(db, { ...customer, externalReference })
      if (other) throw referenceTaken(other)
      const changes = changesBetween(basicsOf(customer), wanted)
      if (changes.changed.length === 0) return []
      const { email = customer.email } = wanted
      const isNewAddress = email !== customer.email
      // The version is the condition of the write itself: of two who saw the same one, only the first gets through.
      const { count: saved } = await db.customer.updateMany({
        where: { resellerId: actor.reseller.id, id, version, ...holds },
        data: { ...wanted, version: { increment: 1 }, ...(isNewAddress && { emailVerifiedAt: null }) },
      })
      if (saved === 0) {
        if (customer.version === version) throw wrongPassword('password')
        const now = basicsOf(customer)
        throw await savedMeanwhile(db, actor, {
          ...{ event: customerChanged, customers: { id }, now, wanted: { ...now, ...wanted } },
          changesAgo: customer.version - version,
          seen: { version: String(customer.version) },
        })
      }
      if (isNewAddress) {
        await afterAddressChange(db, actor, { ...customer, email })
        await tellOfNewAddress(db, actor, customer, email)
      }
      await record(db, actor, customerChanged, { customer, ...changes })
      return changes.changed
    })
  } catch (error) {
    // The unique constraints have the last word; here it is put into words.
    throw isUniqueViolation(error) ? ((await takenMeanwhile(actor, id, wanted)) ?? error) : error
  }
}

/** Whose address or reference it is, where a unique constraint has refused the write; null where neither is anybody else's. */
async function takenMeanwhile(
  { database: { prisma }, reseller: { id: resellerId } }: Actor,
  id: string,
  { email, externalReference = '' }: Partial<Basics>,
): Promise<Refusal | null> {
  const byAddress = email
    ? await prisma.customer.findUnique({ where: { resellerId_email: { resellerId, email } } })
    : null
  if (byAddress && byAddress.id !== id) return addressTaken(byAddress)
  const [byReference] = await whoElseHas(prisma, { resellerId, id, externalReference })
  return byReference ? referenceTaken(byReference) : null
}

/**
 * Ends all open links of the customer, but for those by which they prove after a reset who they are, and mails a verification link to
 * the new address. A customer without a password, whose way to one ended as well, gets a new set-password link. The team may have
 * another type afterwards.
 */
async function afterAddressChange(db: Transaction, actor: Actor, customer: CustomerAsRead) {
  const person = { customerId: customer.id }
  await revokeLinks(db, { resellerId: actor.reseller.id, person, but: proofLinks(customer) })
  await sendVerification(db, actor, customer)
  if (!customer.passwordMark && customer.state === 'ON') await mailPasswordLink(db, actor, customer)
  await refreshTeamType(db, actor.reseller.id, customer.teamId)
}
