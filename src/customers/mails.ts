import { z } from 'zod'
import { LINK, template } from '../mail/template.ts'
import { wayOfLink } from '../people/one-time-link.ts'
import { t } from '../words/words.ts'

/** To a customer whose address has to be verified. */
export const verifyEmailMail = template({
  name: 'verify-email',
  label: t('Verify e-mail address'),
  values: z.object({ linkId: z.string() }),
  write: (_values, { reseller: { name: reseller }, to, until }) => ({
    subject: t('Verify your e-mail address'),
    paragraphs: [
      t('{to} is the address of an account at {reseller}. Verify that it is yours:', { to, reseller }),
      LINK,
      t('You can use the link once. It expires on {until}.', { until }),
      t('If you do not have an account there, you can ignore this e-mail.'),
    ],
    link: t('Verify e-mail address'),
  }),
  way: wayOfLink,
})

/** To the verified former address of a customer; `email` is the new one. by: the staff member who changed it, or ''. */
export const emailChangedMail = template({
  name: 'email-changed',
  label: t('E-mail address changed'),
  values: z.object({ email: z.string(), by: z.string().default('') }),
  write: ({ email, by }, { reseller: { name: reseller }, to }) => ({
    subject: t('Your e-mail address was changed'),
    paragraphs: [
      by
        ? t(
            'The e-mail address of your account at {reseller} was {to}. {by} of {reseller} changed it to {email}.',
            {
              reseller,
              to,
              email,
              by,
            },
          )
        : t('The e-mail address of your account at {reseller} was {to}. It was changed to {email}.', {
            reseller,
            to,
            email,
          }),
      by
        ? t(
            'If you asked for this change, no action is needed. If you did not, contact {reseller} immediately.',
            { reseller },
          )
        : t('If this was you, no action is needed. If it was not, contact {reseller} immediately.', {
            reseller,
          }),
    ],
  }),
})

/** To a former address that was never verified, and so may be anybody's. */
export const addressLeftMail = template({
  name: 'address-left',
  label: t('Unverified address removed'),
  values: z.object({}),
  write: (_values, { reseller: { name: reseller }, to }) => ({
    subject: t('Your address was removed from an account'),
    paragraphs: [
      t('An account at {reseller} used the address {to}. It now uses a different one.', { reseller, to }),
      t('If you do not have an account there, you can ignore this e-mail. If you do, contact {reseller}.', {
        reseller,
      }),
    ],
  }),
})

/** To a customer after Reset Password, where the address was verified before; `by`: the staff member. */
export const passwordResetMail = template({
  name: 'password-reset',
  label: t('Password reset'),
  // `of`: 'account' where it may have been the second factors alone.
  values: z.object({
    linkId: z.string(),
    by: z.string(),
    of: z.enum(['password', 'account']).default('password'),
  }),
  write: ({ by, of }, { reseller: { name: reseller }, until }) => ({
    subject: of === 'password' ? t('Your password was reset') : t('Confirm that the account is yours'),
    paragraphs: [
      of === 'password'
        ? t('{by} of {reseller} reset the password of your account and has seen the new password.', {
            by,
            reseller,
          })
        : t('{by} of {reseller} reset the password or the second factors of your account.', { by, reseller }),
      t('Set a password that only you know:'),
      LINK,
      t('You can use the link once. It expires on {until}.', { until }),
      t(
        'Until you use this link, all activity in your account is marked “after a reset by {by}”, and its e-mail address cannot be changed in the console.',
        { by },
      ),
      t('If you did not ask for the reset, use the link and contact {reseller} immediately.', { reseller }),
    ],
    link: t('Set a password'),
  }),
  way: wayOfLink,
})

/** The same to an address of which nobody knows whose it is. */
export const passwordResetNotice = template({
  name: 'password-reset-notice',
  label: t('Password reset'),
  values: z.object({}),
  write: (_values, { reseller: { name: reseller }, to }) => ({
    subject: t('Your password was reset'),
    paragraphs: [
      t('The password of the account {to} at {reseller} was reset.', { reseller, to }),
      t(
        'If you do not have an account there, you can ignore this e-mail. If you do and did not ask for this, contact {reseller} immediately.',
        { reseller },
      ),
    ],
  }),
})
