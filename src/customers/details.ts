import { latestEntries } from '../billing/statement.ts'
import { lastTwelveMonths } from '../billing/months.ts'
import { profileFacts } from '../billing/profile-facts.ts'
import { recentDeeds } from '../audit/recent.ts'
import { CATEGORY_NAMES, listOpenGrants } from '../ledger/grants/grants.ts'
import type { Actor } from '../sessions/actor.ts'
import { countWaitingFor } from '../ledger/approvals/waiting.ts'
import { availableOf, isOverdrawn } from '../ledger/overdraft.ts'
import { adminHindrance } from '../login-as/login-as.ts'
import { isTemporaryOver } from '../passwords/temporary.ts'
import { resetMarkOf } from '../passwords/reset-mark.ts'
import { tagsOf } from '../tags/tag.ts'
import { findCustomer } from './customer.ts'
import { whoElseHas } from './external-reference.ts'

/** How many entries and deeds the details page shows before it leads on to the whole of them. */
const LATEST = 10

/**
 * All that the details page shows of a customer: facts, tags, billing profile, the latest entries of both accounts, the grants that are left, the latest deeds
 * (for who may see them) and twelve months. A fixed number of statements, however much there is. Throws 404 as findCustomer() does.
 */
export async function findCustomerDetails(actor: Actor, id: unknown) {
  const { team, ...customer } = await findCustomer(actor, id)
  const { prisma } = actor.database
  const resellerId = actor.reseller.id
  const reset = resetMarkOf(customer)
  const [resetMail, profile, tags, entries, grants, months, auditRows, waiting, alsoUsedBy] =
    await Promise.all([
      reset && latestResetMail(actor, customer),
      prisma.billingProfile.findUnique({ where: { resellerId_id: { resellerId, id: team.id } } }),
      tagsOf(actor, customer),
      latestEntries(actor, customer, LATEST),
      listOpenGrants(actor, customer, { limit: LATEST }),
      lastTwelveMonths(actor, customer),
      recentDeeds(actor, customer, LATEST),
      countWaitingFor(actor, customer),
      whoElseHas(prisma, customer),
    ])
  return {
    customer: {
      ...customer,
      teamName: team.name,
      teamType: team.type,
      companyName: team.type === 'enterprise' ? (profile?.companyName ?? null) : null,
      tags,
    },
    reset,
    resetMail,
    available: availableOf(customer),
    isOverdrawn: isOverdrawn(customer),
    isPasswordOver: isTemporaryOver(customer.passwordExpiresAt),
    canHaveAdminLogin: adminHindrance({ state: customer.state, team }) === null,
    profile: profile && profileFacts(profile, actor.reseller.locale),
    entries,
    grants,
    categories: CATEGORY_NAMES,
    months,
    auditRows,
    waiting,
    /** Other customers with the same external reference. */
    alsoUsedBy,
  }
}

/** What became of the latest mail with the link by which a customer proves who they are; null where none was written. */
function latestResetMail({ database, reseller }: Actor, { id: customerId }: { id: string }) {
  return database.prisma.mail.findFirst({
    where: { resellerId: reseller.id, customerId, template: 'password-reset' },
    select: { state: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
}
