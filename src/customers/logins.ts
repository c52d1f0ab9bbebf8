import { databaseTime } from '../database/clock.ts'
import type { Customer } from '../generated/prisma/client.ts'
import type { Candidate, Logins } from '../people/login.ts'
import { RESELLER_FACE, type ResellerFace } from '../people/reseller.ts'
import { isTemporaryOver } from '../people/store-password.ts'
import { t } from '../words/words.ts'
import { turnedOffSentence } from './turned-off.ts'

/** A customer whom a login may mean. */
export interface CustomerCandidate
  extends Candidate, Pick<Customer, 'state' | 'stateMessage' | 'passwordExpiresAt'> {
  reseller: ResellerFace
}

/** The columns of a candidate. */
export const CANDIDATE = {
  resellerId: true,
  id: true,
  email: true,
  state: true,
  stateMessage: true,
  passwordHash: true,
  passwordExpiresAt: true,
  resetBy: true,
  reseller: { select: RESELLER_FACE },
} as const

/** Customers log in at their reseller's page, or at one for all. The page says who is OFF, and whose temporary password has expired. */
export const customerLogins: Logins<CustomerCandidate> = {
  kind: 'customer',
  candidates: ({ prisma }, email, resellerId) =>
    prisma.customer.findMany({
      where: { email, ...(resellerId !== null && { resellerId }) },
      select: CANDIDATE,
      orderBy: { reseller: { name: 'asc' } },
    }),
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
