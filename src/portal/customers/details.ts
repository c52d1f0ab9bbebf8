import { recentEvents } from '../../audit/recent.ts'
import { lastTwelveMonths } from '../../billing/months.ts'
import { maybeProfile, profileFacts } from '../../billing/profile-facts.ts'
import { latestEntries } from '../../billing/statement.ts'
import { accessOf } from '../../customers/access.ts'
import { askWhoElseHas } from '../../customers/external-reference.ts'
import { canCopyLink } from '../../customers/password-link.ts'
import { canTurnOff } from '../../customers/turn-off.ts'
import type { Customer } from '../../generated/prisma/client.ts'
import { countWaitingFor } from '../../ledger/approvals/waiting.ts'
import { CATEGORY_NAMES, listOpenGrants } from '../../ledger/grants/grants.ts'
import { availableOf, isOverdrawn } from '../../ledger/overdraft.ts'
import { withReversals } from '../../ledger/reverse.ts'
import { modesFor } from '../../login-as/login-as.ts'
import { seesLoginAsSessions } from '../../login-as/sessions.ts'
import { isStillAwaited, maybeNewestMail, newestMails } from '../../mail/outcome.ts'
import { type Actor, may } from '../../people/actor.ts'
import { findCustomer } from '../../people/customer.ts'
import { countFactors } from '../../people/factors.ts'
import { resetMarkOf } from '../../people/reset-mark.ts'
import { staffNames } from '../../staff/names.ts'
import { tagsOf } from '../../tags/tag.ts'
import { maybeWhyDefault } from '../../teams/why-default.ts'

/** How many entries and events the details page shows before it leads on to the whole of them. */
const LATEST = 10
/** Entries have a page of their own, with filters: here the last few are enough to see what happened. */
const LATEST_ENTRIES = 5

/**
 * All that the details page shows of a customer: facts, tags, billing profile, the latest entries of both accounts, the grants that are left, the latest events
 * (for who may see them) and twelve months. A fixed number of statements, however much there is. Throws 404 as findCustomer() does.
 */
export async function findCustomerDetails(actor: Actor, id: unknown) {
  const { team, ...customer } = await findCustomer(actor, id)
  const reset = resetMarkOf(customer)
  const called = staffNames(actor)
  const edits = may(actor, 'customers.edit')
  const [
    names,
    mails,
    profile,
    why,
    tags,
    entries,
    grants,
    months,
    auditRows,
    waiting,
    alsoUsedBy,
    access,
    factors,
  ] = await Promise.all([
    called,
    may(actor, 'mails.see') ? mailsOf(actor, customer) : null,
    maybeProfile(actor, team),
    maybeWhyDefault(actor, team),
    tagsOf(actor, customer),
    latestEntries(actor, customer, LATEST_ENTRIES),
    listOpenGrants(actor, customer, { limit: LATEST }),
    lastTwelveMonths(actor, customer),
    recentEvents(actor, customer, { limit: LATEST, staffNames: called }),
    countWaitingFor(actor, customer),
    askWhoElseHas(actor, customer),
    accessOf(actor, customer),
    countFactors(actor, { kind: 'customer', id: customer.id }),
  ])
  return {
    customer: {
      ...customer,
      teamName: team.name,
      teamType: team.type,
      companyName: team.type === 'enterprise' ? (profile?.companyName ?? null) : null,
      tags,
      canTurnOff: canTurnOff(customer),
    },
    reset,
    staffNames: names,
    mails,
    available: availableOf(customer),
    isOverdrawn: isOverdrawn(customer),
    access,
    /** How many second factors the customer has. */
    factors,
    canResetPassword: edits && customer.passwordMark !== null,
    canCopyLink: edits && canCopyLink(customer),
    loginModes: modesFor(actor, { state: customer.state, team }),
    seesLoginAs: seesLoginAsSessions(actor),
    /** Why the team is Default; null where it is not. */
    why,
    profile: profile && profileFacts(profile, actor.reseller.locale),
    entries: withReversals(actor, entries),
    grants,
    categories: CATEGORY_NAMES,
    months,
    auditRows,
    waiting,
    /** Other customers with the same external reference. */
    alsoUsedBy,
  }
}

/** What became of the newest mails to a customer, each where it still matters, and of the newest one of all where it is none of them. */
async function mailsOf(
  actor: Actor,
  customer: Pick<
    Customer,
    'id' | 'emailVerifiedAt' | 'lastLoginAt' | 'resetAt' | 'resetBy' | 'resetProofEmail'
  >,
) {
  const { id, lastLoginAt } = customer
  const templates = ['verify-email', 'set-password', 'password-reset'] as const
  const [mailOf, newest] = await Promise.all([
    newestMails(actor, { of: 'customer', ids: [id], templates }),
    maybeNewestMail(actor, customer),
  ])
  const password = mailOf(id, 'set-password')
  const shown = {
    verification: customer.emailVerifiedAt ? null : mailOf(id, 'verify-email'),
    password: isStillAwaited(password, lastLoginAt) ? password : null,
    reset: resetMarkOf(customer)?.proofEmail ? mailOf(id, 'password-reset') : null,
  }
  const isShown = Object.values(shown).some((mail) => mail?.id === newest?.id)
  return { ...shown, newest: isShown ? null : newest }
}
