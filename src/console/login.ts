import type { Request, Response } from 'express'
import { type CustomerCandidate, customerLogins } from '../customers/logins.ts'
import { paths } from '../paths.ts'
import { bindLogin, showLogin } from '../people/login-pages.ts'
import { type ResellerFace, maybeOnlyReseller, maybeResellerBySlug } from '../people/reseller.ts'
import { services } from '../services.ts'
import { type Form, blankForm } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { isCustomerFactorInUse } from '../people/factors.ts'
import type { HalfLogin } from '../people/half-login.ts'
import { secondStep } from './login/factor.ts'
import { offerChoice } from './login/offer.ts'
import { open } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/choice': {
      form: Form
      resellers: ResellerFace[]
    }
  }
}

bindLogin(open, ['/console/login', '/console/:reseller/login'], {
  logins: customerLogins,
  resellerOfLogin,
  show: showLoginAt,
  choose(res, candidates, { next, typedForm }) {
    offerChoice(res, candidates)
    // What was typed before the login is too long for an address.
    if (typedForm) return askWhere(res, blankForm({ next, typedForm }), candidates)
    res.redirect(303, paths.consoleChoice({ next }))
  },
  takesPasskey: true,
  askForCode,
})

/** Asks for the second factor of a login that waits for it. */
export function askForCode(
  res: Response,
  half: HalfLogin,
  { next, typedForm }: { next: string; typedForm?: string },
) {
  if (typedForm) return secondStep.show(res, blankForm({ next, typedForm }), half)
  res.redirect(303, paths.consoleLoginFactor({ next }))
}

/** The reseller that the address names; null where it names none. 404 for one that there is not. */
async function resellerOfLogin(req: Request): Promise<ResellerFace | null> {
  const { reseller: slug } = req.params
  if (slug === undefined) return null
  const reseller = await maybeResellerBySlug(services(req).database, slug)
  if (!reseller) throw new Refusal(404, t('There is no login page at this address.'))
  return reseller
}

/** The login, of a reseller where there is one to name. */
export async function showLoginAt(res: Response, named: ResellerFace | null, form: Form) {
  const { database } = services(res.req)
  const reseller = named ?? (await maybeOnlyReseller(database))
  // Where no customer ever had a second factor, there is no passkey either.
  const takesPasskey = await isCustomerFactorInUse(database, named?.id ?? null)
  showLogin(res, form, { reseller, slug: named?.slug, takesPasskey })
}

/** The question at which of several resellers somebody wants to log in. */
export function askWhere(res: Response, form: Form, candidates: readonly CustomerCandidate[]) {
  page(res, 'console/choice', {
    title: t('Where do you want to log in?'),
    form,
    resellers: candidates.map(({ reseller }) => reseller),
  })
}
