import type { Request, Response } from 'express'
import { z } from 'zod'
import { markVerified } from '../customers/verify.ts'
import { paths } from '../paths.ts'
import { hintAccount } from '../people/account-hint.ts'
import { lockCustomer } from '../people/customer.ts'
import { accountOf, rememberDevice } from '../people/device.ts'
import { PASSWORD_MIN, newPassword } from '../people/password-policy.ts'
import { findReseller, type ResellerFace } from '../people/reseller.ts'
import {
  type DeadLink,
  type PasswordLink,
  findPasswordLink,
  setPasswordByLink,
} from '../people/set-password.ts'
import { LOGIN_SITES } from '../people/login-site.ts'
import { requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../forms/form.ts'
import { dressForCustomers, speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import type { LinkFate } from '../people/one-time-link.ts'
import { open } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'people/set-password': {
      form: Form
      email: string
      action: string
      passwordMin: number
    }
    'people/dead-link': {
      fate: LinkFate
      isKnown: boolean
      supportedBy: ResellerFace | null
      login: string
      forgotten: string
    }
  }
}

export const SetPasswordForm = z.object({ password: newPassword() })

open.get('/set-password/:token', async (req, res) => {
  const { found, dead } = await findPasswordLink(services(req), req.params.token, requestFacts(req))
  if (!found) return showDeadLink(res, dead)
  showSetPassword(req, res, found, blankForm())
})

open.post('/set-password/:token', async (req, res) => {
  const { token } = req.params
  const { found, dead } = await findPasswordLink(services(req), token, requestFacts(req))
  if (!found) return showDeadLink(res, dead)
  const form = await submit(SetPasswordForm, req.body, ({ password }) =>
    setPasswordByLink(services(req), found, password, { lockCustomer, markVerified }),
  )
  if (!form.ok && form.status === 409) {
    const since = await findPasswordLink(services(req), token, requestFacts(req))
    return showDeadLink(res, since.dead ?? usedMeanwhile(found))
  }
  if (!form.ok) return showSetPassword(req, res, found, form)
  const { person } = found
  const { reseller } = person
  const { name: site, login } = LOGIN_SITES[person.kind]
  // The link has proved who this is, as a login would: failures elsewhere cannot keep this browser out.
  const account = { resellerId: reseller.id, email: person.name }
  rememberDevice(res, accountOf(person.kind, account))
  hintAccount(res, account, site)
  flash(res, t('Your password is set. You can now log in.'), 'done', { site })
  res.redirect(303, login(reseller.slug))
})

function showSetPassword(req: Request, res: Response, { person }: PasswordLink, form: Form) {
  speakFor(res, person.reseller)
  if (person.kind === 'customer') dressForCustomers(res)
  page(res, 'people/set-password', {
    title: t('Set your password'),
    form,
    email: person.name,
    action: paths.setPassword(String(req.params.token)),
    passwordMin: PASSWORD_MIN,
  })
}

const usedMeanwhile = ({ link, person }: PasswordLink): DeadLink => ({
  fate: 'used',
  resellerId: link.resellerId,
  kind: person.kind,
})

/** 410 for a link that was good once, 404 for what never was one. */
async function showDeadLink(res: Response, { fate, resellerId, kind }: DeadLink) {
  const reseller = resellerId === null ? null : await findReseller(services(res.req).database, resellerId)
  if (reseller) speakFor(res, reseller)
  if (kind === 'customer') dressForCustomers(res)
  res.status(fate === 'unknown' ? 404 : 410)
  const site = LOGIN_SITES[kind ?? 'staff']
  page(res, 'people/dead-link', {
    title: t('This link does not work'),
    fate,
    isKnown: kind !== null,
    supportedBy: kind === 'customer' && reseller?.supportEmail ? reseller : null,
    login: site.login(reseller?.slug),
    forgotten: site.forgotten(reseller?.slug),
  })
}
