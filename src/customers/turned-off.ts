import type { Customer, Reseller } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../web/words.ts'

/**
 * What a customer who is OFF is told at the console's door: the reseller's own message, if there is one. Never the reason, which is the
 * staff's.
 */
export function turnedOffSentence(
  { name, supportEmail }: Pick<Reseller, 'name' | 'supportEmail'>,
  { stateMessage }: Pick<Customer, 'stateMessage'>,
): Sentence {
  if (stateMessage)
    return t('{reseller} has turned your account off. {message}', { reseller: name, message: stateMessage })
  if (supportEmail)
    return t('{reseller} has turned your account off. Questions? Write to {address}.', {
      reseller: name,
      address: supportEmail,
    })
  return t('{reseller} has turned your account off.', { reseller: name })
}
