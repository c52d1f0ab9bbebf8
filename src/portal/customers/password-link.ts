import type { Response } from 'express'
import { asks, form } from '../../actions/form.ts'
import { MakePasswordLink, canCopyLink, takeCustomerShowing } from '../../customers/password-link.ts'
import { newestMails, type MailOutcome } from '../../mail/outcome.ts'
import { paths } from '../../paths.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { linkToken } from '../../people/one-time-link.ts'
import { services } from '../../services.ts'
import { absoluteAddress } from '../../web/addresses.ts'
import { showNoForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { type Sentence, t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/password-link': {
      customer: CustomerWithTeam
      link: { address: string; expiresAt: Date } | null
      wasShown: boolean
      hindrance: Sentence | null
      mail: MailOutcome | null
    }
  }
}

asks(pages, '/customers/:id/password-link', MakePasswordLink, (res, customer) =>
  showPasswordLink(res, customer, null),
)

form(pages, '/customers/:id/password-link', MakePasswordLink, {
  show: showNoForm,
  next: (_res, { link, isMailed }, customer) => {
    const { email } = customer
    const back = paths.customer(customer)
    if (link) return { to: paths.customerPasswordLinkShown(customer, link) }
    if (isMailed) return { back, say: t('A link to set a password is on its way to {email}.', { email }) }
    return {
      back,
      say: t('A link to set a password was sent to {email} a moment ago, so no other link was sent.', {
        email,
      }),
      tone: 'attention',
    }
  },
})

asks(pages, '/customers/:id/password-link/:linkId', MakePasswordLink, async (res, customer) => {
  const { actor, method, params } = res.req
  // A HEAD shows nothing, and so must not take the one showing.
  const link = method === 'GET' ? await takeCustomerShowing(actor, customer, String(params.linkId)) : null
  if (!link) return showPasswordLink(res, customer, null, { wasShown: true })
  const { config, keys } = services(res.req)
  const address = absoluteAddress(config, paths.setPassword(linkToken(keys, link)))
  await showPasswordLink(res, customer, { address, expiresAt: link.expiresAt })
})

/** Why no link can be made to be copied, or null. */
function hindranceOf(customer: CustomerWithTeam): Sentence | null {
  const { email: account, passwordMark } = customer
  if (canCopyLink(customer)) return null
  return passwordMark
    ? t('{account} has already set a password. Use Reset Password instead.', { account })
    : t('{account} is OFF. Turn the customer on first.', { account })
}

async function showPasswordLink(
  res: Response,
  customer: CustomerWithTeam,
  link: { address: string; expiresAt: Date } | null,
  { wasShown = false } = {},
) {
  const { id } = customer
  const mailOf = await newestMails(res.req.actor, { of: 'customer', ids: [id], templates: ['set-password'] })
  page(res, 'customers/password-link', {
    title: t('Set-password link'),
    customer,
    link,
    wasShown,
    hindrance: hindranceOf(customer),
    mail: customer.passwordMark ? null : mailOf(id, 'set-password'),
  })
}
