import type { Response } from 'express'
import { editOwnProfile } from '../customers/edit.ts'
import { ProfileForm } from '../customers/forms.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { newestMails } from '../mail/outcome.ts'
import { paths } from '../paths.ts'
import { resetMarkOf } from '../people/reset-mark.ts'
import { services } from '../services.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { findOwnCustomer } from '../customers/customer.ts'
import { pages } from './pages.ts'

pages.get('/console/profile', (_req, res) => showProfile(res, {}))

pages.post('/console/profile', async (req, res) => {
  const form = await submit(ProfileForm, req.body, (values) => editOwnProfile(req.actor, values))
  if (!form.ok) return showProfile(res, { basics: form })
  flash(res, form.result.length > 0 ? t('Profile saved.') : t('No changes.'))
  res.redirect(303, paths.consoleProfile())
})

/** Both forms, because the address is the login and takes the password. The one that came back is as typed, the other as saved. */
export async function showProfile(res: Response, { basics, account }: { basics?: Form; account?: Form }) {
  const { actor } = res.req
  const customer = await findOwnCustomer(actor)
  const { name, phone, email } = customer
  const version = String(customer.version)
  const sent = basics ?? account ?? blankForm()
  const templates = ['verify-email', 'password-reset'] as const
  const mailOf = await newestMails(actor, { of: 'customer', ids: [customer.id], templates })
  page(res, 'console/profile', {
    title: t('Profile'),
    customer,
    verificationMail: mailOf(customer.id, 'verify-email'),
    resetMail: mailOf(customer.id, 'password-reset'),
    reset: resetMarkOf(customer),
    leaves: await mailLeaves(actor, services(res.req).config),
    form: sent,
    basics: upToDate(basics ?? blankForm({ name, phone }), version),
    account: upToDate(account ?? blankForm({ email }), version),
  })
}

/** With the current version: after a conflict, sending the form again is a decision and not an accident. */
const upToDate = (form: Form, version: string): Form =>
  form.ok || form.status === 409 ? { ...form, typed: { ...form.typed, version } } : form
