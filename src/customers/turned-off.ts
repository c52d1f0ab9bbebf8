import type { Customer, Reseller } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../words/words.ts'

/**
 * What a customer who is OFF reads at the login of the console: the reseller's own message, if there is one, and where to ask. Never the
 * reason, which is the staff's.
 */
export function turnedOffSentence(
  { name, supportEmail }: Pick<Reseller, 'name' | 'supportEmail'>,
  { stateMessage }: Pick<Customer, 'stateMessage'>,
): Sentence {
  const said = { reseller: name, message: stateMessage ?? '', address: supportEmail }
  if (stateMessage && supportEmail) {
    return t('{reseller} has turned off your account. {message}\nQuestions? Contact {address}.', said)
  }
  if (stateMessage) return t('{reseller} has turned off your account. {message}', said)
  if (supportEmail) return t('{reseller} has turned off your account. Questions? Contact {address}.', said)
  return t('{reseller} has turned off your account.', said)
}
