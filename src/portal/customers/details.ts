import { recentEvents } from '../../audit/recent.ts'
import { lastTwelveMonths } from '../../billing/months.ts'
import { maybeProfile, profileFacts } from '../../billing/profile-facts.ts'
import { latestEntries } from '../../billing/statement.ts'
import { accessOf, failedLogins } from '../../customers/access.ts'
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
import { type MailOutcome, isStillAwaited, maybeNewestMail, newestMails } from '../../mail/outcome.ts'
import { type Actor, may } from '../../people/actor.ts'
import { askCustomer, customerOfId } from '../../people/customer.ts'
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
 * (for who may see them) and twelve months. One statement, however much there is.
 *
 * @throws 404 as findCustomer()
 */
export async function findCustomerDetails(actor: Actor, typed: unknown) {
  const known = customerOfId(actor, typed)
  const itsTeam = { ofCustomer: known.id }
  const called = staffNames(actor)
  const edits = may(actor, 'customers.edit')
  const [
    { team, ...customer },
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
    failed,
    factors,
  ] = await Promise.all([
    askCustomer(actor, known),
    called,
    may(actor, 'mails.see') ? newestMailsTo(actor, known) : null,
    maybeProfile(actor, itsTeam),
    maybeWhyDefault(actor, itsTeam),
    tagsOf(actor, known),
    latestEntries(actor, known, LATEST_ENTRIES),
    listOpenGrants(actor, known, { limit: LATEST }),
    lastTwelveMonths(actor, known),
    recentEvents(actor, known, { limit: LATEST, staffNames: called }),
    countWaitingFor(actor, known),
    askWhoElseHas(actor, known),
    failedLogins(actor, known),
    countFactors(actor, { kind: 'customer', id: known.id }),
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
    reset: resetMarkOf(customer),
    staffNames: names,
    mails: mails && shownMails(mails, customer),
    available: availableOf(customer),
    isOverdrawn: isOverdrawn(customer),
    access: accessOf(customer, failed),
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

/** What tells a customer's newest mails: the one of each kind, and the one of all. */
interface NewestMails {
  ofKind: (template: MailKind) => MailOutcome | null
  ofAll: MailOutcome | null
}

const KINDS = ['verify-email', 'set-password', 'password-reset'] as const
type MailKind = (typeof KINDS)[number]

async function newestMailsTo(actor: Actor, { id }: { id: string }): Promise<NewestMails> {
  const [mailOf, ofAll] = await Promise.all([
    newestMails(actor, { of: 'customer', ids: [id], templates: KINDS }),
    maybeNewestMail(actor, { id }),
  ])
  return { ofKind: (template) => mailOf(id, template), ofAll }
}

/** What became of the newest mails to a customer, each where it still matters, and of the newest one of all where it is none of them. */
function shownMails(
  { ofKind, ofAll }: NewestMails,
  customer: Pick<Customer, 'emailVerifiedAt' | 'lastLoginAt' | 'resetAt' | 'resetBy' | 'resetProofEmail'>,
) {
  const password = ofKind('set-password')
  const shown = {
    verification: customer.emailVerifiedAt ? null : ofKind('verify-email'),
    password: isStillAwaited(password, customer.lastLoginAt) ? password : null,
    reset: resetMarkOf(customer)?.proofEmail ? ofKind('password-reset') : null,
  }
  const isShown = Object.values(shown).some((mail) => mail?.id === ofAll?.id)
  return { ...shown, newest: isShown ? null : ofAll }
}
