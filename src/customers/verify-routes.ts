import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { OneTimeLink } from '../generated/prisma/client.ts'
import { type LinkFate, readLink } from '../people/one-time-link.ts'
import { paths } from '../paths.ts'
import { findReseller } from '../resellers/reseller.ts'
import { services } from '../services.ts'
import { hintAccount } from '../people/account-hint.ts'
import { customerActor } from '../people/actor.ts'
import { type Form, blankForm, readForm } from '../web/form.ts'
import { dressForCustomers, speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { verifyByLink } from './verify.ts'

/** Where a verification mail leads. Looking verifies nothing, because mail scanners look: the page has a button. */
export const verification = Router()

verification.get('/verify/:token', async (req, res) => {
  await showVerification(req, res, blankForm())
})

verification.post('/verify/:token', async (req, res) => {
  const { link, fate, customer, reseller } = await readVerification(req)
  const form = readForm(z.object({}), req.body)
  if (!form.ok) return showVerification(req, res, form)
  if (reseller && customer && link && !fate) {
    await verifyByLink(customerActor(services(req), reseller, customer, requestFacts(req)), link)
    hintAccount(res, { resellerId: reseller.id, email: customer.email })
  }
  // The page says what came of it, whoever was faster.
  res.redirect(303, paths.verify(encodeURIComponent(String(req.params.token))))
})

/** The question, what came of it, or why the link is no longer good. */
async function showVerification(req: Request, res: Response, form: Form) {
  const { link, fate, customer, reseller } = await readVerification(req)
  dressForCustomers(res)
  if (reseller) speakFor(res, reseller)
  if (link && customer?.emailVerifiedAt && customer.email === link.email) {
    return page(res, 'customers/verified', { title: t('Address verified'), email: link.email, reseller })
  }
  if (fate || !link || !customer) return showDead(res, fate ?? 'unknown', reseller)
  page(res, 'customers/verify', {
    title: t('Verify your address'),
    form,
    action: paths.verify(String(req.params.token)),
    email: link.email,
    reseller,
  })
}

/** The link of the address, good or not, its customer and reseller. */
async function readVerification(req: Request) {
  const { database, keys } = services(req)
  const read = await readLink(database, keys, String(req.params.token), 'verify_email')
  const link = withCustomer(read.link ?? read.was)
  if (!link) return { link: null, fate: 'unknown', customer: null, reseller: null } as const
  const { resellerId, customerId } = link
  const customer = await database.prisma.customer.findUnique({
    where: { resellerId_id: { resellerId, id: customerId } },
    select: { id: true, email: true, name: true, emailVerifiedAt: true },
  })
  return { link, fate: read.fate, customer, reseller: await findReseller(database, resellerId) }
}

function withCustomer(link: OneTimeLink | null) {
  return link?.customerId ? { ...link, customerId: link.customerId } : null
}

function showDead(res: Response, fate: LinkFate, reseller: { name: string; supportEmail: string } | null) {
  res.status(fate === 'unknown' ? 404 : 410)
  page(res, 'customers/verify-dead', { title: t('This link does not work'), fate, reseller })
}
