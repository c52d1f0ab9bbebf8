import { maybeStaffAt } from './staff-address.ts'
import { type Database, transaction } from '../database/client.ts'
import { record, visitor } from '../events/record.ts'
import type { Jobs } from '../jobs/queue.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'
import { t } from '../words/words.ts'
import { accountOf } from './device.ts'
import { setPasswordMail } from './mails.ts'
import { LINK_MINUTES, lockIfOn, mailLink } from './one-time-link.ts'
import { ownedBy } from './owner.ts'
import { type Kind, LOGIN_SITES, aboutOf } from './login-site.ts'
import { limited, networkOf } from './throttle.ts'

interface Asking {
  email: string
  request: RequestFacts
  /** The reseller on whose page it was requested; null for the page that all share. */
  resellerId: string | null
}

/**
 * Leaves a job for a staff member or customer who forgot the password, whether anybody has this address or not: the work is the same,
 * and so is what the person is told. Refuses, 429, when it was asked too often for the address or from the network.
 */
export async function askForLink(services: Services, kind: Kind, { email, request, resellerId }: Asking) {
  const { queue } = services
  await limited(
    services,
    [
      { limit: 'forgotten-network', of: networkOf(request.ip) },
      { limit: 'forgotten-account', of: accountOf(kind, { resellerId: resellerId ?? '', email }) },
    ],
    () =>
      transaction(services, (db) =>
        kind === 'staff'
          ? queue.add(db, 'forgotten-password', { email, ...request })
          : queue.add(db, 'forgotten-customer-password', { email, ...request, resellerId }),
      ),
    (minutes) =>
      t('Several links were already requested. Check your e-mail, or try again in {minutes} minutes.', {
        minutes,
      }),
  )
}

type Sending = Pick<Services, 'database' | 'queue'>

/** The job for staff: see sendLinks(). */
export const sendForgottenLink = (services: Sending, asked: Jobs['forgotten-password']) =>
  sendLinks(services, 'staff', { ...asked, resellerId: null })

/** The job for customers: see sendLinks(). */
export const sendForgottenCustomerLinks = (services: Sending, asked: Jobs['forgotten-customer-password']) =>
  sendLinks(services, 'customer', asked)

/**
 * Mails a link of 30 minutes for each account of the address that is ON, a customer's in the name of its reseller. Links that were
 * mailed before stay good until one is used, so that a stranger who asks cannot take away the one just received. Who is OFF gets nothing.
 */
async function sendLinks(
  { database, queue }: Sending,
  kind: Kind,
  { email, resellerId: asked, ...request }: Jobs['forgotten-customer-password'],
) {
  const accounts = await accountsAt(database, kind, email, asked)
  if (accounts.length === 0) return
  await transaction({ database }, async (db) => {
    for (const { resellerId, id, resetBy: afterResetBy } of accounts) {
      const person = ownedBy({ kind, id })
      if (!(await lockIfOn(db, { resellerId, person }))) continue
      await mailLink(db, queue, {
        ...{ resellerId, purpose: 'set_password', person, email, minutes: LINK_MINUTES.forgotten },
        template: setPasswordMail,
        values: { why: 'forgotten' },
      })
      const visiting = visitor(resellerId, { ...request, afterResetBy })
      await record(db, visiting, LOGIN_SITES[kind].linkRequested, { ...aboutOf({ kind, id }), email })
    }
  })
}

interface Account {
  resellerId: string
  id: string
  resetBy: string | null
}

/**
 * Everybody of this address; a customer after a reset also where it is the address that was verified before, which staff may have
 * changed since.
 */
async function accountsAt(
  { prisma }: Database,
  kind: Kind,
  email: string,
  resellerId: string | null,
): Promise<Account[]> {
  if (kind === 'customer') {
    return prisma.customer.findMany({
      where: { OR: [{ email }, { resetProofEmail: email }], ...(resellerId && { resellerId }) },
      select: { resellerId: true, id: true, resetBy: true },
      orderBy: { resellerId: 'asc' },
    })
  }
  const staff = await maybeStaffAt({ prisma }, email)
  return staff ? [{ resellerId: staff.resellerId, id: staff.id, resetBy: null }] : []
}
