import { looksAfterBilling, maybeProfile } from '../billing/profile.ts'
import { latestOwnEntries, type OwnEntry } from '../billing/statement.ts'
import { CATEGORY_NAMES, listOpenGrants, type CreditGrant } from '../ledger/grants/grants.ts'
import { availableOf } from '../ledger/overdraft.ts'
import { newestMails, type MailOutcome } from '../mail/outcome.ts'
import { paths } from '../paths.ts'
import { findOwnCustomer, type CustomerWithTeam } from '../people/customer.ts'
import { maybeResellerBySlug } from '../people/reseller.ts'
import { showOwnPlace } from '../people/who-is-in.ts'
import { RESERVED_SLUGS } from '../resellers/slug.ts'
import { services } from '../services.ts'
import { maybeWhyDefault } from '../teams/why-default.ts'
import { localAddress } from '../web/local-address.ts'
import { page } from '../web/page.ts'
import { t, type Sentence } from '../words/words.ts'
import type { CreditCategory } from '../generated/prisma/enums.ts'
import { open, pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/overview': {
      customer: CustomerWithTeam
      available: bigint
      needsVerification: boolean
      verificationMail: MailOutcome | null
      needsProfile: boolean
      whyDefault: Sentence | null
      entries: OwnEntry[]
      ending: CreditGrant[]
      categories: Readonly<Record<CreditCategory, Sentence>>
      looksAfterBilling: boolean
    }
  }
}

/** How many movements the first page shows, and of how many credits it says when they end. */
const LATEST_COUNT = 5

/** The customer's first page: balances, latest entries, and what registration still needs. */
pages.get('/console', async (req, res) => {
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

/** A reseller's own address of the console, as people shorten it. */
open.get('/console/:reseller', async (req, res, next) => {
  const slug = req.params.reseller
  // Purser's own words are no reseller's.
  const reseller = RESERVED_SLUGS.has(slug) ? null : await maybeResellerBySlug(services(req).database, slug)
  if (!reseller) return next()
  if (req.actor) return showOwnPlace(req, res, paths.console())
  res.redirect(303, paths.consoleLoginOf(reseller.slug, { next: localAddress(req.query.next, 'console') }))
})
