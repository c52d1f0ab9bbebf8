import type { Config } from '../config.ts'
import type { Handlers, MayGoOn } from '../jobs/worker.ts'
import { runCheck } from '../ledger/verification/check.ts'
import { sendMailJob } from '../mail/send.ts'
import { openSender } from '../mail/sender.ts'
import { sendWaitingIfBack } from '../mail/waiting.ts'
import { writeLetter } from '../mails/letter.ts'
import { sendForgottenCustomerLinks, sendForgottenLink } from '../people/forgotten-password.ts'
import type { Services } from '../services.ts'
import { followTag } from '../tags/search-rows.ts'

/** Who does which job, and which of them may go on. `close` ends what they keep open, after the worker has stopped. */
export function openHandlers(config: Config): {
  handlers: Handlers<Services>
  mayGoOn: MayGoOn<Services>
  close(): void
} {
  const sender = openSender(config)
  let isStart = true
  return {
    handlers: {
      'send-mail': sendMailJob(sender, writeLetter),
      'forgotten-password': sendForgottenLink,
      'forgotten-customer-password': sendForgottenCustomerLinks,
      'verify-ledger': runCheck,
      'follow-tag': followTag,
    },
    mayGoOn: async (services) => {
      const areDue = await sendWaitingIfBack(services, sender, { isStart })
      isStart = false
      return areDue ? ['send-mail'] : []
    },
    close: () => sender?.close(),
  }
}
