import type { Response } from 'express'
import { form } from '../actions/form.ts'
import { countryOptions } from '../billing/countries.ts'
import { type InviteFound, Register, readEntrance } from '../invites/register.ts'
import { paths } from '../paths.ts'
import { hintAccount } from '../people/account-hint.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { services } from '../services.ts'
import { type Form, blankForm } from '../forms/form.ts'
import { dressForCustomers, speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import type { ResellerFace } from '../people/reseller.ts'
import { open } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'join/join': {
      form: Form
      action: string
      bound: boolean
      reseller: ResellerFace
      countries: readonly Option[]
      passwordMin: number
    }
    'join/dead': {
      state: 'replaced' | 'unknown' | 'expired' | 'open' | 'used' | 'revoked'
      reseller: ResellerFace | null
    }
  }
}

// Looking uses nothing up.
form(open, '/join/:token', Register, {
  blank: ({ entrance }) => blankForm({ email: entrance?.invite.email }),
  show: async (res, found, form) => {
    // What ended meanwhile has no form any more.
    const now = form.status === 409 ? await readEntrance(services(res.req), found.token) : found
    showJoin(res, now, form)
  },
  next: (res, { email }, { token, reseller }) => {
    if (reseller) hintAccount(res, { resellerId: reseller.id, email })
    return { to: paths.joined(token), say: t('An e-mail is on its way to {email}.', { email }) }
  },
})

function showJoin(res: Response, found: InviteFound, form: Form) {
  const { token, entrance } = found
  if (!entrance) return showDead(res, found)
  const { invite, reseller } = entrance
  namedAs(res, found)
  page(res, 'join/join', {
    title: t('Become a customer of {reseller}', { reseller: reseller.name }),
    form: invite.email ? { ...form, typed: { ...form.typed, email: invite.email } } : form,
    action: paths.join(token),
    bound: invite.email !== null,
    reseller,
    countries: countryOptions(reseller.locale),
    passwordMin: PASSWORD_MIN,
  })
}

/** 410 for an invite that was good once, 404 for what never was one. */
export function showDead(res: Response, found: InviteFound) {
  const { state, reseller } = found
  namedAs(res, found)
  res.status(state === 'unknown' ? 404 : 410)
  page(res, 'join/dead', { title: t('This invite cannot be used'), state, reseller })
}

/** Shows a page under the name and in the language of the reseller. */
export function namedAs(res: Response, { reseller }: Pick<InviteFound, 'reseller'>) {
  dressForCustomers(res)
  if (reseller) speakFor(res, reseller)
}
