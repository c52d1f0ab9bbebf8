import type { Config } from '../config.ts'
import { runCheck } from '../ledger/verification/check.ts'
import { sendMailJob } from '../mail/send.ts'
import { openSender } from '../mail/sender.ts'
import { sendForgottenCustomerLinks, sendForgottenLink } from '../passwords/forgotten.ts'
import type { Handlers } from './worker.ts'

/** Who does which job. `close` ends what they keep open, after the worker has stopped. */
export function openHandlers(config: Config): { handlers: Handlers; close(): void } {
  const sender = openSender(config)
  return {
    handlers: {
      'send-mail': sendMailJob(sender),
      'forgotten-password': sendForgottenLink,
      'forgotten-customer-password': sendForgottenCustomerLinks,
      'verify-ledger': runCheck,
    },
    close: () => sender?.close(),
  }
}
