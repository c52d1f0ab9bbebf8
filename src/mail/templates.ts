import { t } from '../web/words.ts'
import { LINK, type Template } from './draft.ts'
import { MONEY_TEMPLATES, type MoneyMails } from './money-templates.ts'

/** What each mail has to be told. Never a secret: a link is named by its row's id and derived when the mail is sent or shown. */
export interface Mails extends MoneyMails {
  /** To a new staff member or customer, or to somebody who forgot the password. */
  'set-password': { linkId: string; why: 'new_staff' | 'new_customer' | 'forgotten' | 'reset' }
  /** To a customer whose address has to be verified. */
  'verify-email': { linkId: string }
  /** To the verified former address of a customer; `email` is the new one. by: the staff member who changed it, or ''. */
  'email-changed': { email: string; by: string }
  /** To a former address that was never verified, and so may be anybody's. */
  'address-left': Record<never, never>
  /** To a customer after Reset Password, where the address was verified before; `by`: the staff member. */
  'password-reset': { linkId: string; by: string }
  /** The same to an address of which nobody knows whose it is. */
  'password-reset-notice': Record<never, never>
  /** To a customer whose password was changed; afterResetBy: whose reset made that possible, or ''. */
  'password-changed': { afterResetBy: string }
  /** To somebody whom staff invite; `generation` is the link's at the time, though the one that is good when it leaves goes out. */
  invite: { inviteId: string; generation: number }
  /** To the maker of an invite through which somebody came. */
  'customer-registered': {
    customerId: string
    email: string
    name: string
    credits: OpeningCredits
  }
  /** From the settings page: does mail work? */
  test: { sentBy: string }
}

/** What became of an invite's opening credits. refused: its maker may not grant so much, or none any more; waits: for a second person. */
export type OpeningCredits = 'none' | 'granted' | 'refused' | 'waits'

export type MailName = keyof Mails

/** Every mail that Purser writes. One that is not here does not compile. */
export const TEMPLATES: { readonly [Name in MailName]: Template<Mails[Name]> } = {
  'set-password': {
    name: t('Set a password'),
    write: ({ why }, { reseller: { name: reseller }, to, until }) => {
      const { subject, before, after } = passwordWords(why, { reseller, to })
      return {
        subject,
        paragraphs: [before, LINK, t('You can use the link once. It expires on {until}.', { until }), after],
        link: t('Set a password'),
      }
    },
  },
  'verify-email': {
    name: t('Verify e-mail address'),
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
  },
  'email-changed': {
    name: t('E-mail address changed'),
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
  },
  'address-left': {
    name: t('Unverified address removed'),
    write: (_values, { reseller: { name: reseller }, to }) => ({
      subject: t('Your address was removed from an account'),
      paragraphs: [
        t('An account at {reseller} used the address {to}. It now uses a different one.', { reseller, to }),
        t('If you do not have an account there, you can ignore this e-mail. If you do, contact {reseller}.', {
          reseller,
        }),
      ],
    }),
  },
  'password-reset': {
    name: t('Password reset'),
    write: ({ by }, { reseller: { name: reseller }, until }) => ({
      subject: t('Your password was reset'),
      paragraphs: [
        t('{by} of {reseller} reset the password of your account and has seen the new password.', {
          by,
          reseller,
        }),
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
  },
  'password-reset-notice': {
    name: t('Password reset'),
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
  },
  'password-changed': {
    name: t('Password changed'),
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
  },
  invite: {
    name: t('Invite'),
    write: (_values, { reseller: { name: reseller }, to, until }) => ({
      subject: t('{reseller} has invited you', { reseller }),
      paragraphs: [
        t('{reseller} has invited you to become a customer. Register with the address {to}:', {
          reseller,
          to,
        }),
        LINK,
        t('You can use the link once. It expires on {until}.', { until }),
        t('If you did not expect this invite, you can ignore this e-mail.'),
      ],
      link: t('Register'),
    }),
  },
  'customer-registered': {
    name: t('Customer registered'),
    write: ({ email, name, credits }, { reseller: { name: reseller } }) => ({
      subject: t('{name} has registered', { name }),
      paragraphs: [
        t('{name} ({email}) has registered through your invite and is now a customer of {reseller}.', {
          name,
          email,
          reseller,
        }),
        ...(credits === 'refused' ? [CREDITS_REFUSED] : []),
        ...(credits === 'waits' ? [CREDITS_WAIT] : []),
        t('View the new customer:'),
        LINK,
      ],
      link: t('View the customer'),
    }),
  },
  ...MONEY_TEMPLATES,
  test: {
    name: t('Test e-mail'),
    write: ({ sentBy }, { reseller: { name: reseller } }) => ({
      subject: t('Test e-mail from {reseller}', { reseller }),
      paragraphs: [
        t('{sentBy} sent this test from the settings of {reseller}. If you can read it, e-mail is working.', {
          sentBy,
          reseller,
        }),
      ],
    }),
  },
}

const CREDITS_REFUSED = t(
  'The opening credits of the invite were not granted, because the person who created it is not allowed to grant this amount, or can no longer grant credits.',
)
const CREDITS_WAIT = t('The opening credits of the invite are waiting for approval.')

/** Why somebody is to set a password, in words. */
function passwordWords(why: Mails['set-password']['why'], named: { reseller: string; to: string }) {
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
