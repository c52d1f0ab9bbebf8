import type { Database } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { modelColumns } from '../database/model-rows.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { isCustomerFactorInUse } from '../people/factors.ts'
import type { Candidate, Logins } from '../people/logins.ts'
import { maybeCustomerLogin } from '../people/login-of.ts'
import { RESELLER_FACE, type ResellerFace } from '../people/reseller.ts'
import { isTemporaryOver } from '../people/store-password.ts'
import { t } from '../words/words.ts'
import { turnedOffSentence } from './turned-off.ts'

/** A customer whom a login may mean. */
export interface CustomerCandidate
  extends Candidate, Pick<Customer, 'state' | 'stateMessage' | 'passwordExpiresAt'> {
  reseller: ResellerFace
}

/** The columns of a candidate whose password is not tried. */
export const CANDIDATE = {
  resellerId: true,
  id: true,
  email: true,
  state: true,
  stateMessage: true,
  passwordMark: true,
  passwordExpiresAt: true,
  resetBy: true,
  reseller: { select: RESELLER_FACE },
  factors: { select: { id: true }, take: 1 },
} as const

/** Customers log in at their reseller's page, or at one for all. The page says who is OFF, and whose temporary password has expired. */
export const customerLogins: Logins<CustomerCandidate> = {
  kind: 'customer',
  async candidates(database, email, asked) {
    const resellers = await resellersOf(database, email, asked)
    // An address that nobody has costs as much as one that somebody has.
    if (resellers.length === 0) await maybeCustomerLogin(database, { resellerId: '', email })
    const found = await Promise.all(
      resellers.map(async (reseller) => {
        const login = await maybeCustomerLogin(database, { resellerId: reseller.id, email })
        return login && { ...login, reseller }
      }),
    )
    return found.filter((candidate) => candidate !== null)
  },
  asksEverybody: isCustomerFactorInUse,
  async maybeHindrance({ state, stateMessage, passwordExpiresAt, reseller }, { prisma }) {
    const now = await databaseTime(prisma)
    if (state === 'OFF') return { why: 'off', sentence: turnedOffSentence(reseller, { stateMessage }) }
    if (!isTemporaryOver(passwordExpiresAt, now)) return null
    return {
      why: 'password_expired',
      sentence: t(
        'This temporary password has expired. Ask {reseller} for another, or request a link to set your own.',
        { reseller: reseller.name },
      ),
    }
  },
}

/** Of which resellers somebody with this address is a customer, by name; `only`: at most of this one. */
async function resellersOf({ pool }: Database, email: string, only: string | null): Promise<ResellerFace[]> {
  const { rows } = await pool.query<ResellerFace>({
    name: only === null ? 'resellers-of-customer' : 'reseller-of-customer',
    text: `select ${RESELLER_COLUMNS} from customers c join resellers r on r.id = c.reseller_id
           where c.email = $1 ${only === null ? '' : 'and c.reseller_id = $2'} order by r.name`,
    values: only === null ? [email] : [email, only],
  })
  return rows
}

const RESELLER_COLUMNS = modelColumns(RESELLER_FACE, 'r')
