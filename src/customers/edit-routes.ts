import { type Response, Router } from 'express'
import { linkToken } from '../people/one-time-link.ts'
import { newestMails } from '../mail/outcome.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { flash, view } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { type CustomerWithTeam, findCustomer } from './customer.ts'
import { editCustomer } from './edit.ts'
import { whoElseHas } from './external-reference.ts'
import { EditForm } from './forms.ts'
import { makeCopiedLink, sendPasswordLink, takeCustomerShowing } from './password-link.ts'
import { resendVerification } from './verify.ts'

/** One customer's basic information, and the links that lead its person in. */
export const editing = Router()

editing.get('/:id/edit', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const { version, name, email, phone, externalReference } = customer
  const typed = { version: String(version), name, email, phone, externalReference }
  await showEdit(res, customer, blankForm(typed))
})

editing.post('/:id', allowed('customers.edit'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomer(actor, req.params.id)
  const form = await submit(EditForm, req.body, (values) => editCustomer(actor, customer, values))
  if (!form.ok) return showEdit(res, customer, form)
  const { email } = form.values
  const links = [view(paths.customer(customer))]
  if (form.result.length === 0) flash(res, t('No changes.'))
  else if (form.result.includes('email'))
    flash(res, t('Saved. We sent a link to {email} to verify the address.', { email }), 'attention', {
      links,
    })
  else flash(res, t('Saved the basic information for {email}.', { email }), 'done', { links })
  goBack(res, paths.customer(customer))
})

async function showEdit(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'customers/edit', {
    title: t('Edit basic information'),
    customer,
    form,
    alsoUsedBy: await whoElseHas(res.req.actor.database.prisma, customer),
  })
}

editing.get(
  '/:id/verification',
  formIsAt((req) => paths.customer({ id: String(req.params.id) })),
)

editing.post('/:id/verification', allowed('mails.resend'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const { email } = customer
  if (await resendVerification(req.actor, customer))
    flash(res, t('A verification link is on its way to {email}.', { email }))
  else
    flash(
      res,
      t('A verification link was sent to {email} a moment ago, so no other link was sent.', { email }),
      'attention',
    )
  goBack(res, paths.customer(customer))
})

editing.get('/:id/password-link', allowed('customers.edit'), async (req, res) => {
  await showPasswordLink(res, await findCustomer(req.actor, req.params.id), null)
})

editing.post('/:id/password-link', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  // Copied and handed over by a person, unless it says otherwise.
  if (req.body.delivery === 'mailed') {
    const { email } = customer
    if (await sendPasswordLink(req.actor, customer))
      flash(res, t('A link to set a password is on its way to {email}.', { email }))
    else
      flash(
        res,
        t('A link to set a password was sent to {email} a moment ago, so no other link was sent.', { email }),
        'attention',
      )
    return goBack(res, paths.customer(customer))
  }
  const link = await makeCopiedLink(req.actor, customer)
  res.redirect(303, paths.customerPasswordLinkShown(customer, link))
})

editing.get('/:id/password-link/:linkId', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  // A HEAD shows nothing, and so must not take the one showing.
  const link =
    req.method === 'GET' ? await takeCustomerShowing(req.actor, customer, String(req.params.linkId)) : null
  if (!link) return showPasswordLink(res, customer, null, { wasShown: true })
  const { config, keys } = services(req)
  const address = absoluteAddress(config, paths.setPassword(linkToken(keys, link)))
  await showPasswordLink(res, customer, { address, expiresAt: link.expiresAt })
})

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
    mail: customer.passwordHash ? null : mailOf(id, 'set-password'),
  })
}
