import { Router } from 'express'
import { latestOwnEntries } from '../billing/own-statement.ts'
import { looksAfterBilling, maybeProfile } from '../billing/profile.ts'
import { resendOwnVerification } from '../customers/verify.ts'
import { CATEGORY_NAMES, listOpenGrants } from '../ledger/grants/grants.ts'
import { availableOf } from '../ledger/overdraft.ts'
import { newestMails } from '../mail/outcome.ts'
import { paths } from '../paths.ts'
import { maybeWhyDefault } from '../teams/why-default.ts'
import { flash } from '../web/flash.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { findOwnCustomer } from '../customers/customer.ts'

/** How many movements the first page shows, and of how many credits it says when they end. */
const LATEST_COUNT = 5

/** The customer's first page: what there is, and what registration still needs. */
export const overview = Router()

overview.get('/', async (req, res) => {
  const { actor } = req
  const customer = await findOwnCustomer(actor)
  const [profile, why, entries, ending, mailOf] = await Promise.all([
    maybeProfile(actor.database.prisma, actor.reseller.id, customer.teamId),
    maybeWhyDefault(actor, customer.team),
    latestOwnEntries(actor, LATEST_COUNT),
    listOpenGrants(actor, customer, { limit: LATEST_COUNT, ending: true }),
    newestMails(actor, { of: 'customer', ids: [customer.id], templates: ['verify-email'] }),
  ])
  page(res, 'console/overview', {
    title: t('Overview'),
    customer,
    available: availableOf(customer),
    needsVerification: !customer.emailVerifiedAt,
    verificationMail: mailOf(customer.id, 'verify-email'),
    needsProfile: !profile,
    whyDefault: why?.sentence ?? null,
    entries,
    ending,
    categories: CATEGORY_NAMES,
    looksAfterBilling: looksAfterBilling(customer),
  })
})

overview.get(
  '/verification',
  formIsAt(() => paths.console()),
)

overview.post('/verification', async (req, res) => {
  const { email } = await findOwnCustomer(req.actor)
  if (await resendOwnVerification(req.actor))
    flash(res, t('A verification link is on its way to {email}.', { email }))
  else
    flash(
      res,
      t('A verification link was sent to {email} a moment ago, so no other link was sent.', { email }),
      'attention',
    )
  res.redirect(303, paths.console())
})
