import type { Response } from 'express'
import { form } from '../actions/form.ts'
import { type AddressVerification, VerifyAddress } from '../customers/verify.ts'
import { paths } from '../paths.ts'
import { hintAccount } from '../people/account-hint.ts'
import type { LinkFate } from '../people/one-time-link.ts'
import { type Form, blankForm } from '../forms/form.ts'
import { dressForCustomers, speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import type { ResellerFace } from '../people/reseller.ts'
import { open } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'verify/verified': {
      email: string
      reseller: ResellerFace
    }
    'verify/verify': {
      form: Form
      action: string
      email: string
      reseller: ResellerFace
    }
    'verify/dead': {
      fate: LinkFate
      reseller: ResellerFace | null
    }
  }
}

// Looking verifies nothing, because mail scanners look: the page has a button.
form(open, '/verify/:token', VerifyAddress, {
  blank: () => blankForm(),
  show: showVerification,
  next: (res, _done, { link, fate, customer, reseller, token }) => {
    if (reseller && customer && link && !fate)
      hintAccount(res, { resellerId: reseller.id, email: customer.email })
    // The page says what came of it, also where another request has used the link.
    return { to: paths.verify(encodeURIComponent(token)) }
  },
})

/** The question, what came of it, or why the link is no longer good. */
function showVerification(
  res: Response,
  { link, fate, customer, reseller, token }: AddressVerification,
  form: Form,
) {
  dressForCustomers(res)
  if (reseller) speakFor(res, reseller)
  if (link && customer?.emailVerifiedAt && customer.email === link.email) {
    return page(res, 'verify/verified', { title: t('Address verified'), email: link.email, reseller })
  }
  if (fate || !link || !customer) return showDead(res, fate ?? 'unknown', reseller)
  page(res, 'verify/verify', {
    title: t('Verify your address'),
    form,
    action: paths.verify(token),
    email: link.email,
    reseller,
  })
}

function showDead(res: Response, fate: LinkFate, reseller: ResellerFace | null) {
  res.status(fate === 'unknown' ? 404 : 410)
  page(res, 'verify/dead', { title: t('This link does not work'), fate, reseller })
}
