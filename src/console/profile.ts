import type { Response } from 'express'
import { asks, form } from '../actions/form.ts'
import { EditOwnProfile } from '../customers/edit.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { newestMails, type MailOutcome } from '../mail/outcome.ts'
import { paths } from '../paths.ts'
import { findOwnCustomer, type CustomerWithTeam } from '../people/customer.ts'
import { resetMarkOf, type ResetMark } from '../people/reset-mark.ts'
import { services } from '../services.ts'
import { type Form, blankForm } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/profile': {
      customer: CustomerWithTeam
      verificationMail: MailOutcome | null
      resetMail: MailOutcome | null
      reset: ResetMark | null
      leaves: boolean
      basics: Form
      account: Form
    }
  }
}

asks(pages, '/console/profile', EditOwnProfile, (res) => showProfile(res, {}))

form(pages, '/console/profile', EditOwnProfile, {
  show: (res, _id, basics) => showProfile(res, { basics }),
  next: (_res, changed) => ({
    to: paths.consoleProfile(),
    say: changed.length > 0 ? t('Profile saved.') : t('No changes.'),
  }),
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
