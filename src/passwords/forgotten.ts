import { record, visitor } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import type { Jobs } from '../jobs/queue.ts'
import { queueMail } from '../mail/outbox.ts'
import type { Services } from '../services.ts'
import { staffAccount } from '../sessions/device.ts'
import { count, networkOf } from '../sessions/throttle.ts'
import { t } from '../web/words.ts'
import { LINK_MINUTES, makeLink } from './link.ts'

/**
 * Leaves a job for somebody who forgot a password, whether anybody has this address or not: the work is the same, and so is what the
 * person is told. Refuses, 429, when it was asked too often for the address or from the network.
 */
export async function askForLink(
  services: Services,
  { email, ip }: { email: string; ip: string | undefined },
) {
  await count(
    services,
    [
      { limit: 'forgotten-network', of: networkOf(ip) },
      { limit: 'forgotten-account', of: staffAccount(email) },
    ],
    (minutes) =>
      t('Several links were asked for already. Look for the mails, or try again in {minutes} minutes.', {
        minutes,
      }),
  )
  await transaction(services, (db) => services.queue.add(db, 'forgotten-password', { email, ip: ip ?? null }))
}

/**
 * The job: mails a link of 30 minutes to the staff member of this address, if there is one who is ON. Links that were mailed before
 * stay good until one is used, so that a stranger who asks cannot take away the one just received.
 */
export async function sendForgottenLink(
  { database, queue }: Pick<Services, 'database' | 'queue'>,
  { email, ip }: Jobs['forgotten-password'],
) {
  const staff = await database.prisma.staff.findUnique({ where: { email } })
  if (staff?.state !== 'ON') return
  const { id: staffId, resellerId } = staff
  await transaction({ database }, async (db) => {
    const link = await makeLink(db, {
      resellerId,
      purpose: 'set_password',
      delivery: 'mailed',
      person: { staffId },
      email,
      minutes: LINK_MINUTES.forgotten,
    })
    await queueMail(db, queue, {
      resellerId,
      to: email,
      template: 'set-password',
      values: { linkId: link.id, why: 'forgotten' },
      person: { staffId },
    })
    await record(db, visitor(resellerId, { ip }), 'staff.password_link_requested', { email })
  })
}
