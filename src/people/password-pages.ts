import type { Request, Response } from 'express'
import { z } from 'zod'
import { requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, email, submit } from '../forms/form.ts'
import type { PageRouter } from '../web/page-router.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { askForLink } from './forgotten-password.ts'
import { nobodyStandingIn } from './guards.ts'
import type { LoginSite } from './login-site.ts'

declare module '../web/page.ts' {
  interface Views {
    'people/forgotten-password': {
      form: Form
      action: string
      slug: string
      login: string
    }
  }
}

const ForgottenPasswordForm = z.object({ email: email() })

interface Asked {
  id: string
  slug: string
}

interface ForgottenPages<Reseller extends Asked> {
  /** The reseller whose page it is, by its slug; null on the page that all share. */
  resellerOfLogin?: (req: Request, slug: unknown) => Promise<Reseller | null>
  /** In whose name the page speaks. */
  speak?: (res: Response, reseller: Reseller | null) => Promise<void>
}

/** Where somebody who forgot the password asks for a link, at this address. */
export function bindForgottenPassword<Reseller extends Asked>(
  router: PageRouter,
  address: string,
  site: LoginSite,
  { resellerOfLogin = async () => null, speak }: ForgottenPages<Reseller> = {},
) {
  async function show(res: Response, reseller: Reseller | null, form: Form) {
    await speak?.(res, reseller)
    page(res, 'people/forgotten-password', {
      title: t('Forgot password'),
      form,
      action: site.forgotten(),
      slug: reseller?.slug ?? '',
      login: site.login(reseller?.slug),
    })
  }

  router.get(address, nobodyStandingIn, async (req, res) => {
    await show(res, await resellerOfLogin(req, req.query.reseller), blankForm())
  })

  router.post(address, nobodyStandingIn, async (req, res) => {
    const reseller = await resellerOfLogin(req, req.body.reseller)
    const asking = { request: requestFacts(req), resellerId: reseller?.id ?? null }
    const form = await submit(ForgottenPasswordForm, req.body, (typed) =>
      askForLink(services(req), site.kind, { ...typed, ...asking }),
    )
    if (!form.ok) return show(res, reseller, form)
    flash(
      res,
      t('If {email} is registered here, a link is on its way. It expires in 30 minutes.', form.values),
    )
    res.redirect(303, site.login(reseller?.slug))
  })
}
