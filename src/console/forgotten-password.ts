import { bindForgottenPassword } from '../people/password-pages.ts'
import { maybeOnlyReseller, maybeResellerBySlug } from '../people/reseller.ts'
import { LOGIN_SITES } from '../people/login-site.ts'
import { services } from '../services.ts'
import { speakFor } from '../web/locals.ts'
import { open } from './pages.ts'

bindForgottenPassword(open, '/console/forgotten-password', LOGIN_SITES.customer, {
  // None is as good as an unknown one: the mails go by the address alone.
  resellerOfLogin: (req, slug) => maybeResellerBySlug(services(req).database, slug),
  async speak(res, reseller) {
    const voice = reseller ?? (await maybeOnlyReseller(services(res.req).database))
    if (voice) speakFor(res, voice)
  },
})
