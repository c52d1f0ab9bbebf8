import { customerPasswordLinkRequested, staffPasswordLinkRequested } from './events.ts'
import { record, visitor } from '../events/record.ts'
import { type Transaction, transaction } from '../database/client.ts'
import type { Jobs, Queue } from '../jobs/queue.ts'
import { queueMail } from '../mail/outbox.ts'
import { setPasswordMail } from './mails.ts'
import type { Services } from '../services.ts'
import { type Account, accountOf } from './device.ts'
import { limited, networkOf } from './throttle.ts'
import type { RequestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { LINK_MINUTES, holdWhoIsOn, makeLink } from './one-time-link.ts'

interface Asking {
  email: string
  request: RequestFacts
}

/**
 * Leaves a job for a staff member who forgot the password, whether anybody has this address or not: the work is the same, and so is
 * what the person is told. Refuses, 429, when it was asked too often for the address or from the network.
 */
export async function askForLink(services: Services, { email, request }: Asking) {
  await asking(services, { account: accountOf('staff', { resellerId: '', email }), ip: request.ip }, (db) =>
    services.queue.add(db, 'forgotten-password', { email, ...request }),
  )
}

/** As askForLink(), for a customer: of the reseller at whose door it was asked, or of all of them. */
export async function askForCustomerLink(
  services: Services,
  { email, request, reseller }: Asking & { reseller: { id: string } | null },
) {
  const resellerId = reseller?.id ?? null
  const account = accountOf('customer', { resellerId: resellerId ?? '', email })
  await asking(services, { account, ip: request.ip }, (db) =>
    services.queue.add(db, 'forgotten-customer-password', { email, ...request, resellerId }),
  )
}

/**
 * The job: mails a link of 30 minutes to the staff member of this address, if there is one who is ON. Links that were mailed before
 * stay good until one is used, so that a stranger who asks cannot take away the one just received.
 */
export async function sendForgottenLink(
  { database, queue }: Pick<Services, 'database' | 'queue'>,
  { email, ...request }: Jobs['forgotten-password'],
) {
  const staff = await database.prisma.staff.findUnique({ where: { email } })
  if (!staff) return
  const { id: staffId, resellerId } = staff
  await transaction({ database }, async (db) => {
    if (!(await holdWhoIsOn(db, { resellerId, person: { staffId } }))) return
    await mailForgottenLink(db, queue, { resellerId, person: { staffId }, email })
    await record(db, visitor(resellerId, request), staffPasswordLinkRequested, { email })
  })
}

/**
 * The job for customers: mails such a link for each account of the address that is ON, one mail for each reseller, in its name; after a
 * reset also where it is the address that was verified before, which staff may have changed since. Who is OFF gets nothing.
 */
export async function sendForgottenCustomerLinks(
  { database, queue }: Pick<Services, 'database' | 'queue'>,
  { email, resellerId: asked, ...request }: Jobs['forgotten-customer-password'],
) {
  const customers = await database.prisma.customer.findMany({
    where: { OR: [{ email }, { resetProofEmail: email }], ...(asked && { resellerId: asked }) },
    select: { resellerId: true, id: true, resetBy: true },
    orderBy: { resellerId: 'asc' },
  })
  await transaction({ database }, async (db) => {
    for (const { resellerId, id, resetBy: afterResetBy } of customers) {
      if (!(await holdWhoIsOn(db, { resellerId, person: { customerId: id } }))) continue
      await mailForgottenLink(db, queue, { resellerId, person: { customerId: id }, email })
      const about = { customer: { id }, email }
      const visiting = visitor(resellerId, { ...request, afterResetBy })
      await record(db, visiting, customerPasswordLinkRequested, about)
    }
  })
}

/** Leaves the job, counted towards what may be asked for so often only. */
function asking(
  services: Services,
  { account, ip }: { account: Account; ip: string | null },
  leaveJob: (db: Transaction) => Promise<void>,
) {
  return limited(
    services,
    [
      { limit: 'forgotten-network', of: networkOf(ip) },
      { limit: 'forgotten-account', of: account },
    ],
    () => transaction(services, leaveJob),
    (minutes) =>
      t('Several links were already requested. Check your e-mail, or try again in {minutes} minutes.', {
        minutes,
      }),
  )
}

async function mailForgottenLink(
  db: Transaction,
  queue: Queue,
  {
    resellerId,
    person,
    email,
  }: { resellerId: string; person: { staffId: string } | { customerId: string }; email: string },
) {
  const link = await makeLink(db, {
    resellerId,
    purpose: 'set_password',
    delivery: 'mailed',
    person,
    email,
    minutes: LINK_MINUTES.forgotten,
  })
  await queueMail(db, queue, {
    resellerId,
    to: email,
    template: setPasswordMail,
    values: { linkId: link.id, why: 'forgotten' },
    person,
  })
}
