import { z } from 'zod'
import { CustomerFactors } from '../generated/prisma/enums.ts'
import { type Draft, LINK, template, toPage } from '../mail/template.ts'
import { paths } from '../paths.ts'
import { formatsFor } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'
import { browserInWords } from './browser.ts'
import { wayOfLink } from './one-time-link.ts'

/** Why somebody is to set a password. */
export const WhySetPassword = z.enum(['new_staff', 'new_customer', 'forgotten', 'reset'])
export type WhySetPassword = z.output<typeof WhySetPassword>

/** To a new staff member or customer, or to somebody who forgot the password. */
export const setPasswordMail = template({
  name: 'set-password',
  label: t('Set a password'),
  values: z.object({ linkId: z.string(), why: WhySetPassword }),
  write: ({ why }, { reseller: { name: reseller }, to, until }) => {
    const { subject, before, after } = passwordWords(why, { reseller, to })
    return {
      subject,
      paragraphs: [before, LINK, t('You can use the link once. It expires on {until}.', { until }), after],
      link: t('Set a password'),
    }
  },
  way: wayOfLink,
})

/** Why somebody is to set a password, in words. */
function passwordWords(why: WhySetPassword, named: { reseller: string; to: string }) {
  switch (why) {
    case 'new_customer':
      return {
        subject: t('Your account at {reseller}', named),
        before: t(
          '{reseller} has created an account for you with the address {to}. Set a password to start using it:',
          named,
        ),
        after: t(
          'If you did not expect this e-mail, you can ignore it. No one can log in until a password is set.',
        ),
      }
    case 'new_staff':
      return {
        subject: t('Your access to the portal of {reseller}', named),
        before: t('You have been added to the staff of {reseller} as {to}. Set a password to log in:', named),
        after: t(
          'If you did not expect this e-mail, you can ignore it. No one can log in until a password is set.',
        ),
      }
    case 'forgotten':
      return {
        subject: t('Set a new password'),
        before: t(
          'Someone requested a new password for {to} at {reseller}. If this was you, set it here:',
          named,
        ),
        after: t('If this was not you, you can ignore this e-mail. Your password will not change.'),
      }
    case 'reset':
      return {
        subject: t('Set a new password'),
        before: t('{reseller} has sent you this link to set a new password for {to}:', named),
        after: t('Your password will not change until you use it.'),
      }
  }
}

/** To a customer whose password was changed; afterResetBy: whose reset made that possible, or ''. */
export const passwordChangedMail = template({
  name: 'password-changed',
  label: t('Password changed'),
  values: z.object({ afterResetBy: z.string().default('') }),
  write: ({ afterResetBy: by }, { reseller: { name: reseller } }) => ({
    subject: t('Your password was changed'),
    paragraphs: [
      t('The password of your account at {reseller} was changed.', { reseller }),
      ...(by
        ? [
            t(
              'It was changed after a reset by {by}. Until you use the link in the e-mail about that reset, it is not certain that the change was yours.',
              { by },
            ),
          ]
        : []),
      t(
        'If this was you, no action is needed. If it was not, request a new password on the login page and contact {reseller} immediately.',
        { reseller },
      ),
    ],
  }),
})

/** To a staff member whose password was changed. */
export const staffPasswordChangedMail = template({
  name: 'staff-password-changed',
  label: t('Staff password changed'),
  values: z.object({}),
  write: (_values, { reseller: { name: reseller }, to }) => ({
    subject: t('Your password was changed'),
    paragraphs: [
      t('The password of {to} for the portal of {reseller} was changed.', { to, reseller }),
      t(
        'If this was you, no action is needed. If it was not, request a new password on the login page and contact an Owner of {reseller}, or the administrator of its server, immediately.',
        { reseller },
      ),
    ],
  }),
})

/** Of what a mail is about: of staff's access to the portal, where a row says nothing, or of a customer's to the console. */
const site = z.enum(['portal', 'console']).default('portal')
type Site = z.output<typeof site>

/** What is logged in to, to be read within a sentence. */
const placeOf = (of: Site, { name: reseller }: { name: string }): Sentence =>
  of === 'portal' ? t('the portal of {reseller}', { reseller }) : t('the console of {reseller}', { reseller })

/** A mail lists so many logins at most. */
export const LOGINS_IN_A_MAIL_MAX = 10

/** To a person: logins in browsers that were never in the account before, and how many `others` there were. */
export const loginsMail = template({
  name: 'new-logins',
  label: t('Login in a new browser'),
  values: z.object({
    logins: z.array(z.object({ at: z.iso.datetime(), ip: z.string().nullable(), userAgent: z.string() })),
    others: z.number(),
    site,
  }),
  write: ({ logins, others, site: of }, { reseller, to }) => {
    const { deadline } = formatsFor(reseller)
    const isStaff = of === 'portal'
    return {
      subject: t('Login in a new browser'),
      paragraphs: [
        isStaff
          ? t(
              'Someone has logged in to the portal of {reseller} as {to} in a browser that had not been used before:',
              { reseller: reseller.name, to },
            )
          : t(
              'Someone has logged in to your account at {reseller} in a browser that had not been used before:',
              { reseller: reseller.name },
            ),
        ...logins.map(({ at, ip, userAgent }) =>
          t('{browser}, on {time}, from {ip}', {
            browser: browserInWords(userAgent),
            time: deadline(new Date(at)),
            ip: ip ?? '?',
          }),
        ),
        ...(others > 0 ? [t('There were {count} more such logins.', { count: others })] : []),
        t(
          'If this was you, no action is needed. If it was not, log out all other browsers and change your password here:',
        ),
        LINK,
        ...(isStaff
          ? []
          : [
              t(
                'If you can no longer log in, request a new password on the login page and contact {reseller} immediately.',
                { reseller: reseller.name },
              ),
            ]),
      ],
      link: isStaff ? t('Your account') : t('Security'),
    }
  },
  way: (_on, { values }) => toPage(values.site === 'portal' ? paths.account() : paths.consoleSecurity()),
})

/** Tells somebody of a change to their second factors, and where those are. */
const ofFactors = (
  of: Site,
  {
    subject,
    what,
    meaning = null,
    reseller: { name: reseller },
  }: { subject: Sentence; what: Sentence; meaning?: Sentence | null; reseller: { name: string } },
): Draft => ({
  subject,
  paragraphs: [
    what,
    ...(meaning ? [meaning] : []),
    of === 'portal'
      ? t(
          'If this was you, no action is needed. If it was not, change your password, log out all other browsers and contact an Owner of your company, or the administrator of its server, immediately. Your second factors are here:',
        )
      : t(
          'If this was you, no action is needed. If it was not, change your password, log out all other browsers and contact {reseller} immediately. Your second factors are here:',
          { reseller },
        ),
    LINK,
  ],
  link: t('Second factors'),
})

const toFactors = (of: Site) => toPage(of === 'portal' ? paths.ownFactors() : paths.consoleFactors())

/** To a person who has a new second factor. */
export const factorAddedMail = template({
  name: 'factor-added',
  label: t('Second factor added'),
  values: z.object({ name: z.string(), kind: z.enum(['totp', 'passkey']).default('totp'), site }),
  write: ({ name, kind, site: of }, { reseller, to }) =>
    ofFactors(of, {
      subject: t('A second factor was added'),
      what:
        kind === 'passkey'
          ? t('The passkey {name} was added to {to} for {place}. It logs in without a password.', {
              ...{ name, to },
              place: placeOf(of, reseller),
            })
          : t('The authenticator app {name} was added as a second factor of {to} for {place}.', {
              ...{ name, to },
              place: placeOf(of, reseller),
            }),
      reseller,
    }),
  way: (_on, { values }) => toFactors(values.site),
})

/** To a person who has one second factor less; isLast: none is left. */
export const factorRemovedMail = template({
  name: 'factor-removed',
  label: t('Second factor removed'),
  values: z.object({ name: z.string(), site, isLast: z.boolean().default(false) }),
  write: ({ name, site: of, isLast }, { reseller, to }) =>
    ofFactors(of, {
      subject: t('A second factor was removed'),
      what: t('The second factor {name} of {to} for {place} was removed.', {
        ...{ name, to },
        place: placeOf(of, reseller),
      }),
      meaning: isLast
        ? t(
            'It was the last one: the password alone is now enough to log in, and the recovery codes no longer work.',
          )
        : null,
      reseller,
    }),
  way: (_on, { values }) => toFactors(values.site),
})

/** To a person whose recovery codes were replaced. */
export const recoveryCodesRenewedMail = template({
  name: 'recovery-codes-renewed',
  label: t('Recovery codes replaced'),
  values: z.object({ site }),
  write: ({ site: of }, { reseller, to }) =>
    ofFactors(of, {
      subject: t('Your recovery codes were replaced'),
      what: t('New recovery codes were created for {to} in {place}. The former ones no longer work.', {
        to,
        place: placeOf(of, reseller),
      }),
      reseller,
    }),
  way: (_on, { values }) => toFactors(values.site),
})

/**
 * To a person all of whose second factors were taken away; `by`: by whom, or '' where it was done on the host; factors: whether there can be
 * others, or must be.
 */
export const factorsResetMail = template({
  name: 'factors-reset',
  label: t('Second factors reset'),
  values: z.object({
    ...{ by: z.string(), reason: z.string(), site, isMarked: z.boolean().default(false) },
    factors: z.enum(CustomerFactors).default('offered'),
  }),
  write: ({ by, reason, site: of, isMarked, factors }, { reseller, to }) => ({
    subject: t('Your second factors were reset'),
    paragraphs: [
      by
        ? t('{by} has removed all second factors and recovery codes of {to} for {place}.', {
            ...{ by, to },
            place: placeOf(of, reseller),
          })
        : t('All second factors and recovery codes of {to} for {place} were removed on the server.', {
            to,
            place: placeOf(of, reseller),
          }),
      ...(reason ? [t('Reason: {reason}', { reason })] : []),
      factors === 'off'
        ? t('You have been logged out everywhere. The password alone is now enough to log in:')
        : t(
            'You have been logged out everywhere. Log in with your password, then set up a second factor again:',
          ),
      LINK,
      ...(isMarked && factors === 'required'
        ? [
            t(
              'After that, you can request a link to set a password in the console under Security. Until you use it, all activity in your account is marked “after a reset by {by}”, and its e-mail address cannot be changed in the console.',
              { by },
            ),
          ]
        : []),
      ...(isMarked && factors !== 'required'
        ? [
            t(
              'Until you set a password with a link that you can request in the console under Security, all activity in your account is marked “after a reset by {by}”, and its e-mail address cannot be changed in the console.',
              { by },
            ),
          ]
        : []),
      t('If you did not ask for this, change your password and contact {reseller} immediately.', {
        reseller: reseller.name,
      }),
    ],
    link: factors === 'off' ? t('Security') : t('Second factors'),
  }),
  way: (_on, { values: { site: of, factors } }) =>
    factors === 'off' ? toPage(paths.consoleSecurity()) : toFactors(of),
})
