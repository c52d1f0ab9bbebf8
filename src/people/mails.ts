import { z } from 'zod'
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
        'If this was you, no action is needed. If it was not, request a new password on the login page and contact an Owner of {reseller} immediately.',
        { reseller },
      ),
    ],
  }),
})

/** A mail lists so many logins at most. */
export const LOGINS_IN_A_MAIL_MAX = 10

/** To a staff member: logins in browsers that were never in the account before, and how many `others` there were. */
export const loginsMail = template({
  name: 'new-logins',
  label: t('Login in a new browser'),
  values: z.object({
    logins: z.array(z.object({ at: z.iso.datetime(), ip: z.string().nullable(), userAgent: z.string() })),
    others: z.number(),
  }),
  write: ({ logins, others }, { reseller, to }) => {
    const { deadline } = formatsFor(reseller)
    return {
      subject: t('Login in a new browser'),
      paragraphs: [
        t(
          'Someone has logged in to the portal of {reseller} as {to} in a browser that had not been used before:',
          {
            reseller: reseller.name,
            to,
          },
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
      ],
      link: t('Your account'),
    }
  },
  way: () => toPage(paths.account()),
})

const NOT_YOU = t(
  'If this was you, no action is needed. If it was not, change your password, log out all other browsers and contact an Owner of your company immediately. Your second factors are here:',
)

/** Tells somebody of a change to their second factors, and where those are. */
const ofFactors = (subject: Sentence, what: Sentence): Draft => ({
  subject,
  paragraphs: [what, NOT_YOU, LINK],
  link: t('Second factors'),
})

const toFactors = () => toPage(paths.ownFactors())

/** To a staff member who has a new second factor. */
export const factorAddedMail = template({
  name: 'factor-added',
  label: t('Second factor added'),
  values: z.object({ name: z.string(), kind: z.enum(['totp', 'passkey']).default('totp') }),
  write: ({ name, kind }, { reseller: { name: reseller }, to }) =>
    ofFactors(
      t('A second factor was added'),
      kind === 'passkey'
        ? t(
            'The passkey {name} was added to {to} for the portal of {reseller}. It logs in without a password.',
            { name, to, reseller },
          )
        : t(
            'The authenticator app {name} was added as a second factor of {to} for the portal of {reseller}.',
            { name, to, reseller },
          ),
    ),
  way: toFactors,
})

/** To a staff member who has one second factor less. */
export const factorRemovedMail = template({
  name: 'factor-removed',
  label: t('Second factor removed'),
  values: z.object({ name: z.string() }),
  write: ({ name }, { reseller: { name: reseller }, to }) =>
    ofFactors(
      t('A second factor was removed'),
      t('The second factor {name} of {to} for the portal of {reseller} was removed.', { name, to, reseller }),
    ),
  way: toFactors,
})

/** To a staff member whose recovery codes were replaced. */
export const recoveryCodesRenewedMail = template({
  name: 'recovery-codes-renewed',
  label: t('Recovery codes replaced'),
  values: z.object({}),
  write: (_none, { reseller: { name: reseller }, to }) =>
    ofFactors(
      t('Your recovery codes were replaced'),
      t(
        'New recovery codes were created for {to} in the portal of {reseller}. The former ones no longer work.',
        { to, reseller },
      ),
    ),
  way: toFactors,
})

/** To a staff member all of whose second factors were taken away; `by`: by whom, or '' where it was done on the host. */
export const factorsResetMail = template({
  name: 'factors-reset',
  label: t('Second factors reset'),
  values: z.object({ by: z.string(), reason: z.string() }),
  write: ({ by, reason }, { reseller: { name: reseller }, to }) => ({
    subject: t('Your second factors were reset'),
    paragraphs: [
      by
        ? t('{by} has removed all second factors and recovery codes of {to} for the portal of {reseller}.', {
            by,
            to,
            reseller,
          })
        : t(
            'All second factors and recovery codes of {to} for the portal of {reseller} were removed on the server.',
            {
              to,
              reseller,
            },
          ),
      ...(reason ? [t('Reason: {reason}', { reason })] : []),
      t('You have been logged out everywhere. Log in with your password, then set up a second factor again:'),
      LINK,
      t('If you did not ask for this, change your password and contact {reseller} immediately.', {
        reseller,
      }),
    ],
    link: t('Second factors'),
  }),
  way: toFactors,
})
