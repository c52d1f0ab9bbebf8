import { type Sentence, t } from '../words/words.ts'

/** Why a login failed, as a failed-login event keeps it, to be read within a sentence. */
export const whyFailed = (why: string): Sentence =>
  Object.hasOwn(REASONS, why) ? (REASONS[why] as Sentence) : t('{why}', { why })

const REASONS: Readonly<Record<string, Sentence>> = {
  wrong_password: t('wrong password'),
  no_password: t('no password set'),
  off: t('account is OFF'),
  password_expired: t('temporary password expired'),
  throttled: t('too many attempts before'),
}
