import type { Formats } from '../web/format.ts'
import { type Sentence, t } from '../web/words.ts'

/** What a deed remembers: plain facts in JSON, amounts as minor units in a string. Never a secret. */
export type Details = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

interface Deed<Remembers extends Details> {
  /** The deed's name in a filter. */
  label: Sentence
  /** What happened, to be read after the actor's name. */
  says: (details: Remembers, formats: Formats) => Sentence
}

type NoDetails = Record<never, never>

function deed<Remembers extends Details>(
  label: Sentence,
  says: (details: Remembers, formats: Formats) => Sentence,
): Deed<Remembers> {
  return { label, says }
}

/** Every deed that leaves a row in the audit log. One that is not here does not compile. */
export const DEEDS = {
  'reseller.created': deed<{ name: string; slug: string; currency: string }>(
    t('Reseller created'),
    ({ name }) => t('set up {name}', { name }),
  ),
  'reseller.changed': deed<{ changed: readonly string[] }>(t('Settings changed'), ({ changed }) =>
    t('changed the settings: {changed}', { changed: changed.join(', ') }),
  ),
  'reseller.test_mail_sent': deed<{ to: string }>(t('Test mail sent'), ({ to }) =>
    t('sent a test mail to {to}', { to }),
  ),

  'staff.logged_in': deed<NoDetails>(t('Staff login'), () => t('logged in')),
  'staff.login_failed': deed<{ email: string; why: string }>(t('Failed staff login'), ({ email }) =>
    t('tried to log in as {email} and failed', { email }),
  ),
  'staff.logged_out': deed<NoDetails>(t('Staff logout'), () => t('logged out')),
  'staff.password_changed': deed<NoDetails>(t('Own password changed'), () => t('changed the own password')),
  'staff.password_link_requested': deed<{ email: string }>(t('Password link requested'), ({ email }) =>
    t('asked for a password link for {email}', { email }),
  ),
  'staff.password_link_made': deed<{ email: string; delivery: string }>(
    t('Password link made'),
    ({ email }) => t('made a password link for {email}', { email }),
  ),
  'staff.password_set': deed<{ email: string }>(t('Password set through a link'), ({ email }) =>
    t('set the password of {email} through a link', { email }),
  ),
  'staff.added': deed<{ email: string; role: string }>(t('Staff added'), ({ email, role }) =>
    t('added {email} as {role}', { email, role }),
  ),
  'staff.role_changed': deed<{ email: string; from: string; to: string }>(
    t('Role changed'),
    ({ email, from, to }) => t('changed the role of {email} from {from} to {to}', { email, from, to }),
  ),
  'staff.suspended': deed<{ email: string }>(t('Staff turned off'), ({ email }) =>
    t('turned {email} off', { email }),
  ),
  'staff.reinstated': deed<{ email: string }>(t('Staff turned on'), ({ email }) =>
    t('turned {email} on', { email }),
  ),

  'customer.created': deed<{ email: string; team: string }>(t('Customer created'), ({ email, team }) =>
    t('created {email} in team {team}', { email, team }),
  ),
  'customer.changed': deed<{ changed: readonly string[] }>(t('Customer changed'), ({ changed }) =>
    t('changed {changed}', { changed: changed.join(', ') }),
  ),
  'customer.moved': deed<{ from: string; to: string }>(t('Customer moved to another team'), ({ from, to }) =>
    t('moved the customer from team {from} to {to}', { from, to }),
  ),
  'customer.tagged': deed<{ added: readonly string[]; removed: readonly string[] }>(
    t('Tags set'),
    ({ added, removed }) =>
      t('set tags: added {added}; removed {removed}', {
        added: added.join(', ') || '–',
        removed: removed.join(', ') || '–',
      }),
  ),
  'customer.suspended': deed<{ reason: string; message: string }>(t('Customer turned off'), ({ reason }) =>
    t('turned the customer off: {reason}', { reason }),
  ),
  'customer.reinstated': deed<{ reason: string }>(t('Customer turned on'), ({ reason }) =>
    reason ? t('turned the customer on: {reason}', { reason }) : t('turned the customer on'),
  ),
  'customer.verification_sent': deed<{ email: string }>(t('Verification mail sent'), ({ email }) =>
    t('had a verification mail sent to {email}', { email }),
  ),
  'customer.verified': deed<{ email: string }>(t('E-mail address verified'), ({ email }) =>
    t('verified {email}', { email }),
  ),
  'customer.password_link_made': deed<{ email: string; delivery: string }>(
    t('Customer password link made'),
    ({ email }) => t('made a set-password link for {email}', { email }),
  ),
  'customer.password_set': deed<{ email: string }>(t('Customer password set through a link'), ({ email }) =>
    t('set the password of {email} through a link', { email }),
  ),
  'customers.exported': deed<{ query: string }>(t('Customers exported'), ({ query }) =>
    query ? t('exported customers: {query}', { query }) : t('exported all customers'),
  ),

  'team.renamed': deed<{ from: string; to: string }>(t('Team renamed'), ({ from, to }) =>
    t('renamed team {from} to {to}', { from, to }),
  ),
  'billing_profile.changed': deed<{ kind: string; changed: readonly string[] }>(
    t('Billing profile changed'),
    ({ changed }) => t('changed the billing profile: {changed}', { changed: changed.join(', ') }),
  ),
  'statement.exported': deed<{ from: string; to: string }>(t('Statement exported'), ({ from, to }) =>
    t('exported the statement {from} to {to}', { from: from || '…', to: to || '…' }),
  ),

  'balance.refilled': deed<Movement>(t('Balance refilled'), ({ amount, before, after }, { money }) =>
    t('refilled {amount}: {before} → {after}', inMoney(money, { amount, before, after })),
  ),
  'balance.deducted': deed<Movement>(t('Balance deducted'), ({ amount, before, after }, { money }) =>
    t(
      'deducted {amount}: {before} → {after}',
      inMoney(money, { amount: withoutSign(amount), before, after }),
    ),
  ),
  'credits.set': deed<Movement>(t('Credits set'), ({ before, after }, { money }) =>
    t('set credits: {before} → {after}', inMoney(money, { before, after })),
  ),

  'tag.changed': deed<{ from: string; to: string }>(t('Tag changed'), ({ from, to }) =>
    t('changed tag {from} to {to}', { from, to }),
  ),
  'tag.merged': deed<{ from: string; into: string }>(t('Tags merged'), ({ from, into }) =>
    t('merged tag {from} into {into}', { from, into }),
  ),
  'tag.removed': deed<{ name: string }>(t('Tag removed'), ({ name }) => t('removed tag {name}', { name })),

  'mail.opened': deed<{ to: string; template: string }>(t('Mail opened'), ({ to }) =>
    t('opened a mail to {to}', { to }),
  ),
  'mail.resent': deed<{ to: string; template: string }>(t('Mail sent again'), ({ to }) =>
    t('sent a mail to {to} again', { to }),
  ),
  'audit.exported': deed<{ query: string }>(t('Audit log exported'), () => t('exported the audit log')),
} satisfies Record<string, Deed<never>>

/** A movement of money as the log remembers it; minor units. */
type Movement = {
  amount: string
  before: string
  after: string
  reason: string
  posting: string
  account: string
}

export type DeedName = keyof typeof DEEDS
export type Remembered<Name extends DeedName> = Parameters<(typeof DEEDS)[Name]['says']>[0]

export const DEED_NAMES = Object.keys(DEEDS) as DeedName[]

export function isDeedName(name: string): name is DeedName {
  return Object.hasOwn(DEEDS, name)
}

/** What a row of the log says. The details are this deed's, because record() wrote them. */
export function deedSays(name: DeedName, details: unknown, formats: Formats): Sentence {
  const { says } = DEEDS[name] as Deed<Details>
  return says(details as Details, formats)
}

function inMoney<Sums extends Record<string, string>>(money: Formats['money'], sums: Sums) {
  return Object.fromEntries(Object.entries(sums).map(([name, minor]) => [name, money(BigInt(minor))]))
}

const withoutSign = (minor: string) => minor.replace(/^-/, '')
