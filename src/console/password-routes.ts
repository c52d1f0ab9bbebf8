import { Router } from 'express'
import { paths } from '../paths.ts'
import { bindForgottenPassword, bindOwnPassword } from '../people/password-pages.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { SITES } from '../people/site.ts'
import { maybeOnlyReseller, maybeResellerBySlug } from '../resellers/reseller.ts'
import { services } from '../services.ts'
import { speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'

/** For customers who forgot their password. */
export const forgotten = Router()

bindForgottenPassword(forgotten, '/forgotten-password', SITES.customer, {
  // None is as good as one that there is not: the mails go by the address alone.
  resellerAtDoor: (req, slug) => maybeResellerBySlug(services(req).database, slug),
  async speak(res, reseller) {
    const voice = reseller ?? (await maybeOnlyReseller(services(res.req).database))
    if (voice) speakFor(res, voice)
  },
})

/** For customers who are logged in: their own password. */
export const password = Router()

bindOwnPassword(password, '/password', {
  show(res, form) {
    const isTemporary = res.locals.mustChangePassword === true
    page(res, 'console/password', {
      title: isTemporary ? t('Choose your own password') : t('Change your password'),
      form,
      isTemporary,
      passwordMin: PASSWORD_MIN,
    })
  },
  next: (res) => (res.locals.mustChangePassword === true ? paths.console() : paths.consoleSecurity()),
})
