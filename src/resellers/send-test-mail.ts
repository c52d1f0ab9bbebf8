import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { queueMail } from '../mail/outbox.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { t } from '../words/words.ts'
import { testMail } from './mails.ts'

const resellerTestMailSent = event<{ to: string }>(
  'reseller.test_mail_sent',
  t('Test e-mail sent'),
  ({ to }) => t('sent a test e-mail to {to}', { to }),
)

/** Queues a test mail to the person who asks for it; returns the address. */
export const SendTestMail = action({
  may: ['reseller.manage'],
  leaves: [resellerTestMailSent],
  on: async () => null,
  input: z.object({}),
  run({ actor }) {
    const to = actor.name
    return transaction(actor, async (db) => {
      await queueMail(db, actor.queue, {
        resellerId: actor.reseller.id,
        to,
        template: testMail,
        values: { sentBy: actor.displayName },
        person: { staffId: actor.id as string },
      })
      await record(db, actor, resellerTestMailSent, { to })
      return { to }
    })
  },
})

/** What became of the last test mail that this person sent; null where there was none. It says nothing that a mail's text would. */
export function lastTestMail(actor: Actor) {
  mustBeAllowed(actor, 'reseller.manage')
  return actor.database.prisma.mail.findFirst({
    where: { resellerId: actor.reseller.id, staffId: actor.id, template: testMail.name },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { toEmail: true, state: true, lastError: true, createdAt: true, sentAt: true },
  })
}
