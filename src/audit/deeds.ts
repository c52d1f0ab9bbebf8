import { roleName } from '../people/roles.ts'
import type { LoginAsEnd, LoginAsMode, PostingKind } from '../generated/prisma/client.ts'
import { LOGIN_AS_NAMES, whyEnded } from '../login-as/names.ts'
import { KIND_NAMES } from '../ledger/kinds.ts'
import { colourName } from '../tags/colours.ts'
import type { Formats } from '../web/format.ts'
import { type Sentence, t } from '../web/words.ts'
import { askedInWords } from './asked.ts'
import { whyFailed } from './why-failed.ts'
import {
  type Changes,
  type Charged,
  type LimitsChanged,
  type Movement,
  type Waited,
  changesInWords,
  inMoney,
  limitsInWords,
  waitedInMoney,
  wholeSentence,
} from './wording.ts'

/** What a deed remembers: plain facts in JSON, amounts as minor units in a string. Never a secret. */
export type Details = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

interface Deed<Remembers extends Details> {
  /** The deed's name in a filter. */
  label: Sentence
  /**
   * What happened, to be read after the actor's name; by itself, where it happens at a login page and nobody is logged in. `count`: how
   * many equal ones in a row.
   */
  says: (details: Remembers, formats: Formats, count: number) => Sentence
}

/** `permission`: what was lacking, where it was that; `count`: of the event that sums up those after the first. */
type RequestRefused = { method: string; path: string; permission?: string; count?: number }

/** `until`: until when no further try comes through, where it was the last one allowed. */
type FailedLogin = { email: string; why: string; until?: string }

type NoDetails = Record<never, never>

function deed<Remembers extends Details>(
  label: Sentence,
  says: (details: Remembers, formats: Formats, count: number) => Sentence,
): Deed<Remembers> {
  return { label, says }
}

/** A password that was set through a link; shownTo: the staff member who had been shown it, and could have used it. */
type ThroughLink = { email: string; shownTo?: string }

const throughLink = ({ email, shownTo }: ThroughLink) =>
  shownTo
    ? t('set the password of {email} with a link shown to {shownTo}', { email, shownTo })
    : t('set the password of {email} with a link', { email })

/** Every deed that leaves a row in the audit log. One that is not here does not compile. */
export const DEEDS = {
  'reseller.created': deed<{ name: string; slug: string; currency: string }>(
    t('Reseller created'),
    ({ name }) => t('set up {name}', { name }),
  ),
  'reseller.changed': deed<Changes>(t('Settings changed'), (changes) =>
    t('changed the settings: {changes}', { changes: changesInWords(changes) }),
  ),
  'reseller.test_mail_sent': deed<{ to: string }>(t('Test mail sent'), ({ to }) =>
    t('sent a test mail to {to}', { to }),
  ),

  'staff.logged_in': deed<NoDetails>(t('Staff login'), () => t('logged in')),
  'staff.login_failed': deed<FailedLogin>(t('Failed staff login'), ({ email, why }, _formats, count) =>
    t('{count} failed logins as {email}, {why}', { count, email, why: whyFailed(why) }),
  ),
  'staff.logged_out': deed<NoDetails>(t('Staff logout'), () => t('logged out')),
  'staff.sessions_ended': deed<{ count: number }>(t('Own staff sessions ended'), ({ count }) =>
    t('logged out of {count} other browsers', { count }),
  ),
  'staff.password_changed': deed<NoDetails>(t('Own password changed'), () => t('changed their own password')),
  'staff.password_link_requested': deed<{ email: string }>(t('Password link requested'), ({ email }) =>
    t('Password link requested for {email}', { email }),
  ),
  'staff.password_link_made': deed<{ email: string; delivery: string }>(
    t('Password link created'),
    ({ email, delivery }) =>
      delivery === 'mailed'
        ? t('sent a password link to {email}', { email })
        : t('created a password link for {email}', { email }),
  ),
  'staff.password_set': deed<ThroughLink>(t('Password set with a link'), throughLink),
  'staff.added': deed<{ email: string; role: string }>(t('Staff added'), ({ email, role }) =>
    t('added {email} as {role}', { email, role: roleName(role) }),
  ),
  'staff.role_changed': deed<{ email: string; from: string; to: string }>(
    t('Role changed'),
    ({ email, from, to }) =>
      t('changed the role of {email} from {from} to {to}', {
        email,
        from: roleName(from),
        to: roleName(to),
      }),
  ),
  'staff.suspended': deed<{ email: string; reason: string }>(t('Staff turned off'), ({ email, reason }) =>
    // Older rows have no reason: nobody was asked for one.
    reason ? t('turned {email} off: {reason}', { email, reason }) : t('turned {email} off', { email }),
  ),
  'staff.reinstated': deed<{ email: string; reason: string }>(t('Staff turned on'), ({ email, reason }) =>
    reason ? t('turned {email} on: {reason}', { email, reason }) : t('turned {email} on', { email }),
  ),

  'limits.set': deed<LimitsChanged>(t('Limits set'), ({ role, ...changes }, { money }) =>
    t('set the limits of {role}: {changes}', {
      role: roleName(role),
      changes: limitsInWords(changes, money),
    }),
  ),

  'customer.created': deed<{ email: string; team: string }>(t('Customer created'), ({ email, team }) =>
    t('created {email} in team {team}', { email, team }),
  ),
  'customer.changed': deed<Changes>(t('Customer changed'), (changes) =>
    t('changed {changes}', { changes: changesInWords(changes) }),
  ),
  'customer.moved': deed<{ from: string; to: string }>(t('Customer moved to another team'), ({ from, to }) =>
    t('moved the customer from team {from} to team {to}', { from, to }),
  ),
  'customer.tagged': deed<{ added: readonly string[]; removed: readonly string[] }>(
    t('Tags set'),
    ({ added, removed }) => {
      if (removed.length === 0) return t('added the tags {added}', { added })
      if (added.length === 0) return t('removed the tags {removed}', { removed })
      return t('added the tags {added} and removed {removed}', { added, removed })
    },
  ),
  'customer.suspended': deed<{ reason: string; message: string }>(t('Customer turned off'), ({ reason }) =>
    t('turned the customer off: {reason}', { reason }),
  ),
  'customer.reinstated': deed<{ reason: string }>(t('Customer turned on'), ({ reason }) =>
    reason ? t('turned the customer on: {reason}', { reason }) : t('turned the customer on'),
  ),
  'customer.verification_sent': deed<{ email: string }>(t('Verification mail sent'), ({ email }) =>
    t('sent a verification mail to {email}', { email }),
  ),
  'customer.verified': deed<{ email: string }>(t('E-mail address verified'), ({ email }) =>
    t('verified the address {email}', { email }),
  ),
  'customer.password_link_made': deed<{ email: string; delivery: string }>(
    t('Customer password link created'),
    ({ email, delivery }) =>
      delivery === 'mailed'
        ? t('sent a set-password link to {email}', { email })
        : t('created a set-password link for {email} to copy', { email }),
  ),
  'customer.password_link_shown': deed<{ email: string }>(t('Customer password link shown'), ({ email }) =>
    t('viewed the set-password link for {email}', { email }),
  ),
  'customer.password_set': deed<ThroughLink>(t('Customer password set with a link'), throughLink),
  'password.generated': deed<NoDetails>(t('Password generated'), () =>
    t('generated a password for the customer'),
  ),
  'password.reset': deed<NoDetails>(t('Password reset'), () => t("reset the customer's password")),
  'password.reset_over': deed<{ email: string; by: string; since: string }>(
    t('Address confirmed after a password reset'),
    ({ email, by }) =>
      t('confirmed {email} with a mailed link after a password reset by {by}', { email, by }),
  ),
  'customers.exported': deed<{ query: string }>(t('Customers exported'), ({ query }) => {
    const asked = askedInWords(query, deedLabel)
    return asked.length > 0
      ? t('exported the customers matching {asked}', { asked })
      : t('exported all customers')
  }),

  'team.renamed': deed<{ from: string; to: string }>(t('Team renamed'), ({ from, to }) =>
    t('renamed team {from} to {to}', { from, to }),
  ),
  'billing_profile.changed': deed<{ kind: string } & Changes>(t('Billing profile changed'), (changes) =>
    t('changed the billing profile: {changes}', { changes: changesInWords(changes) }),
  ),
  'statement.exported': deed<{ from: string; to: string; format: string }>(
    t('Statement exported'),
    ({ from, to }) => {
      if (from && to) return t('exported the statement from {from} to {to}', { from, to })
      if (from) return t('exported the statement from {from} on', { from })
      return to ? t('exported the statement up to {to}', { to }) : t('exported the whole statement')
    },
  ),

  'ledger.exported': deed<{ query: string }>(t('Ledger exported'), ({ query }) =>
    query ? t('exported the ledger entries matching {query}', { query }) : t('exported the whole ledger'),
  ),

  'balance.refilled': deed<Movement>(t('Balance refilled'), (movement, { money }) =>
    t('refilled {amount} ({reason}): {before} → {after}', inMoney(movement, money)),
  ),
  'balance.deducted': deed<Movement>(t('Balance deducted'), (movement, { money }) =>
    t('deducted {amount} ({reason}): {before} → {after}', inMoney(movement, money)),
  ),
  'credits.set': deed<Movement>(t('Credits set'), (movement, { money }) =>
    t('set the credits ({reason}): {before} → {after}', inMoney(movement, money)),
  ),
  'customer.charged': deed<Charged>(t('Customer charged'), (charged, { money }) =>
    t('charged {amount}', { amount: money(BigInt(charged.amount.replace(/^-/, ''))) }),
  ),
  'credits.expired': deed<{ amount: string; before: string; after: string; posting: string }>(
    t('Credits expired'),
    ({ amount, before, after }, { money }) =>
      t('expired {amount} of credits: {before} → {after}', {
        amount: money(BigInt(amount)),
        before: money(BigInt(before)),
        after: money(BigInt(after)),
      }),
  ),
  'posting.reversed': deed<Charged & { reverses: string; reversed: PostingKind }>(
    t('Posting reversed'),
    ({ amount, reversed }, { money }) =>
      t('reversed a posting ({kind}): {amount}', {
        kind: KIND_NAMES[reversed],
        amount: money(BigInt(amount)),
      }),
  ),
  'overdraft.set': deed<{ before: string; after: string; reason: string }>(
    t('Overdraft set'),
    ({ before, after, reason }, { money }) =>
      t('set the overdraft from {before} to {after}: {reason}', {
        before: money(BigInt(before)),
        after: money(BigInt(after)),
        reason,
      }),
  ),
  'alerts.set': deed<{ before: string; after: string }>(t('Low-balance alert set'), ({ after }, { money }) =>
    after
      ? t('set the low-balance alert to {after}', { after: money(BigInt(after)) })
      : t('set the low-balance alert to the default in the settings'),
  ),
  'posting.waits': deed<Waited>(t('Posting waits for approval'), (waited, { money }) =>
    t('sent a posting for approval ({kind}): {amount}', waitedInMoney(waited, money)),
  ),
  'posting.approved': deed<{
    kind: PostingKind
    amount: string
    madeBy: string
    waiting: string
    posting: string
    comment: string
  }>(t('Posting approved'), ({ kind, amount, madeBy }, { money }) =>
    t('approved a posting entered by {madeBy} ({kind}): {amount}', {
      madeBy,
      kind: KIND_NAMES[kind],
      amount: money(BigInt(amount)),
    }),
  ),
  'posting.rejected': deed<Waited & { madeBy: string; comment: string }>(
    t('Posting rejected'),
    ({ madeBy, comment, ...waited }, { money }) =>
      t('rejected a posting entered by {madeBy} ({kind}, {amount}): {comment}', {
        madeBy,
        comment,
        ...waitedInMoney(waited, money),
      }),
  ),
  'posting.withdrawn': deed<Waited & { comment: string }>(t('Posting withdrawn'), (waited, { money }) =>
    t('withdrew a posting waiting for approval ({kind}): {amount}', waitedInMoney(waited, money)),
  ),
  'posting.expired': deed<Waited & { madeBy: string }>(
    t('Posting expired without a decision'),
    ({ madeBy, ...waited }, { money }) =>
      t('expired a posting entered by {madeBy} without a decision ({kind}): {amount}', {
        madeBy,
        ...waitedInMoney(waited, money),
      }),
  ),

  'ledger.verified': deed<{ check: string }>(t('Ledger verified'), () => t('verified the whole ledger')),

  'invite.made': deed<{ invite: string; kind: string; email: string }>(
    t('Invite created'),
    ({ kind, email }) => {
      if (email) return t('invited {email}', { email })
      return kind === 'reusable' ? t('created a reusable invite link') : t('created a single invite')
    },
  ),
  'invite.regenerated': deed<{ invite: string; email: string }>(t('Invite regenerated'), ({ email }) =>
    email ? t('regenerated the invite for {email}', { email }) : t('regenerated an invite link'),
  ),
  'invite.revoked': deed<{ invite: string; email: string }>(t('Invite revoked'), ({ email }) =>
    email ? t('revoked the invite for {email}', { email }) : t('revoked an invite'),
  ),
  'invite.resent': deed<{ invite: string; email: string }>(t('Invite sent again'), ({ email }) =>
    t('sent the invite to {email} again', { email }),
  ),
  'customer.registered': deed<{
    email: string
    team: string
    invite: string
    invitedBy: string
    tags: readonly string[]
  }>(t('Customer registered'), ({ email, invitedBy }) =>
    invitedBy
      ? t('registered as {email}, invited by {invitedBy}', { email, invitedBy })
      : t('registered as {email} with the invite link', { email }),
  ),

  'customer.logged_in': deed<NoDetails>(t('Customer login'), () => t('logged in')),
  'customer.login_failed': deed<FailedLogin>(t('Failed customer login'), ({ why }, _formats, count) =>
    t('{count} failed logins, {why}', { count, why: whyFailed(why) }),
  ),
  'customer.logged_out': deed<NoDetails>(t('Customer logout'), () => t('logged out')),
  'customer.password_changed': deed<NoDetails>(t('Customer’s own password changed'), () =>
    t('changed their own password'),
  ),
  'customer.password_link_requested': deed<{ email: string }>(
    t('Customer password link requested'),
    ({ email }) => t('Password link requested for {email}', { email }),
  ),
  'customer.sessions_ended': deed<{ count: number }>(t('Own sessions ended'), ({ count }) =>
    t('logged out of {count} other browsers', { count }),
  ),
  'login_as.started': deed<{ mode: LoginAsMode; reason: string; loginAs: string }>(
    t('Login-as session started'),
    ({ mode, reason }) => t('started {mode}: {reason}', { mode: LOGIN_AS_NAMES[mode], reason }),
  ),
  'login_as.ended': deed<{ mode: LoginAsMode; by: LoginAsEnd; loginAs: string; stoppedBy?: string }>(
    t('Login-as session ended'),
    ({ mode, by, stoppedBy }) =>
      t('ended {mode}: {why}', { mode: LOGIN_AS_NAMES[mode], why: whyEnded(by, stoppedBy) }),
  ),
  'login_as.stopped': deed<{ mode: LoginAsMode; staff: string; loginAs: string }>(
    t('Login-as session ended from the portal'),
    ({ mode, staff }) => t('ended the {mode} of {staff}', { mode: LOGIN_AS_NAMES[mode], staff }),
  ),
  'login_as.exported': deed<{ mode: LoginAsMode; staff: string; loginAs: string }>(
    t('Login-as session record exported'),
    ({ mode, staff }) =>
      t('exported the record of the {mode} of {staff}', { mode: LOGIN_AS_NAMES[mode], staff }),
  ),
  'login_as.refused': deed<RequestRefused & { mode: LoginAsMode; loginAs: string }>(
    t('Request refused in a login-as session'),
    ({ mode, method, path, count }) => {
      const tried = { method, path, mode: LOGIN_AS_NAMES[mode] }
      return count === undefined
        ? t('tried {method} {path} in {mode} and was refused', tried)
        : t('tried {method} {path} in {mode} another {count} times within ten minutes and was refused', {
            ...tried,
            count,
          })
    },
  ),
  'request.refused': deed<RequestRefused>(t('Request refused'), ({ method, path, count }) =>
    count === undefined
      ? t('tried {method} {path} and was refused', { method, path })
      : t('tried {method} {path} another {count} times within ten minutes and was refused', {
          method,
          path,
          count,
        }),
  ),

  'tag.changed': deed<{ from: string; to: string; colour: string }>(
    t('Tag changed'),
    ({ from, to, colour }) => {
      if (!colour) return t('renamed tag {from} to {to}', { from, to })
      const said = { from, to, colour: colourName(colour) }
      return from === to
        ? t('changed the color of tag {from} to {colour}', said)
        : t('renamed tag {from} to {to} and changed its color to {colour}', said)
    },
  ),
  'tag.merged': deed<{ from: string; into: string; customers: number }>(
    t('Tags merged'),
    ({ from, into, customers: count }) =>
      t('merged tag {from} into {into} ({count} customers)', { from, into, count }),
  ),
  'tag.removed': deed<{ name: string; customers: number }>(t('Tag removed'), ({ name, customers: count }) =>
    t('removed tag {name} ({count} customers)', { name, count }),
  ),

  'mail.opened': deed<{ to: string; template: string; showsLink?: boolean }>(
    t('Mail opened'),
    ({ to, showsLink }) =>
      showsLink ? t('opened a mail to {to} that shows its link', { to }) : t('opened a mail to {to}', { to }),
  ),
  'mail.resent': deed<{ to: string; template: string }>(t('Mail sent again'), ({ to }) =>
    t('sent a mail to {to} again', { to }),
  ),
  'audit.exported': deed<{ query: string }>(t('Audit log exported'), ({ query }) => {
    const asked = askedInWords(query, deedLabel)
    return asked.length > 0
      ? t('exported the audit log for {asked}', { asked })
      : t('exported the whole audit log')
  }),
  'file.sent': deed<{ file: string; rows: number; isWhole: boolean }>(
    t('File downloaded'),
    ({ file, rows, isWhole }) =>
      isWhole
        ? t('downloaded the file {file} ({count} rows)', { file, count: rows })
        : t('downloaded part of the file {file}, which was interrupted after {count} rows', {
            file,
            count: rows,
          }),
  ),
} satisfies Record<string, Deed<never>>

export type DeedName = keyof typeof DEEDS
export type Remembered<Name extends DeedName> = Parameters<(typeof DEEDS)[Name]['says']>[0]

export const DEED_NAMES = Object.keys(DEEDS) as DeedName[]

/** Whether today's table knows a deed. */
function isDeedName(name: string): name is DeedName {
  return Object.hasOwn(DEEDS, name)
}

/** A deed's name for people; one that today's table does not know is shown as it is. */
export const deedLabel = (name: string): Sentence =>
  isDeedName(name) ? DEEDS[name].label : t('{deed}', { deed: name })

/**
 * What a row of the log says, after its actor's name. Rows are never changed, so there may be some that were written by an older
 * version: for a deed or facts that today's table does not know, the sentence names the deed and leaves the rest to the row's details.
 * `count`: how many equal ones in a row it speaks of.
 */
export function deedSays(name: string, details: unknown, formats: Formats, count = 1): Sentence {
  const what = sayDeed(name, details, formats, count)
  return count === 1 || what.values?.count === count ? what : t('{what} ({count} times)', { what, count })
}

function sayDeed(name: string, details: unknown, formats: Formats, count: number): Sentence {
  if (!isDeedName(name)) return t('did something that has no words here: {deed}', { deed: name })
  const { label, says } = DEEDS[name] as Deed<Details>
  return (
    wholeSentence(() => says(details as Details, formats, count)) ?? t('did this: {deed}', { deed: label })
  )
}
