import { Router } from 'express'
import { bindLogin, bindLogout, showLogin } from '../people/login-pages.ts'
import { SITES } from '../people/site.ts'
import { isSetUp } from '../resellers/setup.ts'
import { services } from '../services.ts'
import { staffLogins } from '../staff/logins.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'

/** The staff's way in and out. */
export const login = Router()

bindLogin(login, ['/login'], {
  logins: staffLogins,
  resellerAtDoor: async () => null,
  async show(res, _reseller, form) {
    const isSent = !form.ok
    if (isSent || (await isSetUp(services(res.req).database))) return showLogin(res, form, { reseller: null })
    page(res, 'resellers/not-set-up', { title: t('Purser is not set up yet') })
  },
})

bindLogout(login, SITES.staff, '/logout')
