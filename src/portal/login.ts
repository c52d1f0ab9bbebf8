import { blankForm } from '../forms/form.ts'
import { paths } from '../paths.ts'
import { bindLogin, showLogin } from '../people/login-pages.ts'
import { isSetUp } from '../resellers/setup.ts'
import { services } from '../services.ts'
import { staffLogins } from '../staff/logins.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { secondStep } from './login/factor.ts'
import { open } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'login/not-set-up': object
  }
}

bindLogin(open, ['/login'], {
  logins: staffLogins,
  resellerOfLogin: async () => null,
  takesPasskey: true,
  async show(res, _reseller, form) {
    const isSent = !form.ok
    if (isSent || (await isSetUp(services(res.req).database))) return showLogin(res, form, { reseller: null })
    page(res, 'login/not-set-up', { title: t('Purser is not set up yet') })
  },
  askForCode(res, half, { next, typedForm }) {
    // What was typed before the login is too long for an address.
    if (typedForm) return secondStep.show(res, blankForm({ next, typedForm }), half)
    res.redirect(303, paths.loginFactor({ next }))
  },
})
