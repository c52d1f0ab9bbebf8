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
        paragraphs: [before, LINK, t('The link works once, until {until}.', { until }), after],
        link: t('Set a password'),
      }
    },
  },
  'verify-email': {
    name: t('Verify the address'),
    write: (_values, { reseller: { name: reseller }, to, until }) => ({
      subject: t('Verify your e-mail address'),
      paragraphs: [
        t('{to} is the address of an account at {reseller}. Verify that it is yours:', { to, reseller }),
        LINK,
        t('The link works once, until {until}.', { until }),
        t('If you have no account there, you need not do anything.'),
      ],
      link: t('Verify the address'),
    }),
  },
  'email-changed': {
    name: t('Address changed'),
    write: ({ email, by }, { reseller: { name: reseller }, to }) => ({
      subject: t('Your e-mail address was changed'),
      paragraphs: [
        by
          ? t('Your account at {reseller} had the address {to}. {by} of {reseller} changed it to {email}.', {
              reseller,
              to,
              email,
              by,
            })
          : t('Your account at {reseller} had the address {to}. It was changed to {email}.', {
              reseller,
              to,
              email,
            }),
        by
          ? t('If you asked for it, all is well. If you did not, write to {reseller} at once.', { reseller })
          : t('If it was you, all is well. If it was not, write to {reseller} at once.', { reseller }),
      ],
    }),
  },
  'address-left': {
    name: t('Unverified address removed'),
    write: (_values, { reseller: { name: reseller }, to }) => ({
      subject: t('Your address was removed from an account'),
      paragraphs: [
        t('An account at {reseller} had the address {to}. It has another one now.', { reseller, to }),
        t('If you have no account there, you need not do anything. If it is yours, write to {reseller}.', {
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
        t('{by} of {reseller} has reset the password of your account, and has seen the new one.', {
          by,
          reseller,
        }),
        t('Set a password that only you know:'),
        LINK,
        t('The link works once, until {until}.', { until }),
        t(
          'Until you have used such a link, all that is done with your account is shown as “after a reset by {by}”, and its address cannot be changed in the console.',
          { by },
        ),
        t('If you did not ask for the reset, use the link and write to {reseller} at once.', { reseller }),
      ],
      link: t('Set a password'),
    }),
  },
  'password-reset-notice': {
    name: t('Password reset'),
    write: (_values, { reseller: { name: reseller }, to }) => ({
      subject: t('Your password was reset'),
      paragraphs: [
        t('The password of an account at {reseller} with the address {to} was reset.', { reseller, to }),
        t(
          'If you have no account there, you need not do anything. If it is yours and you did not ask for it, write to {reseller} at once.',
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
                'It was changed after a reset by {by}. Until you use the link in the mail about that reset, nobody knows whether it was you.',
                { by },
              ),
            ]
          : []),
        t(
          'If it was you, all is well. If it was not, ask for a new password on the login page, and write to {reseller} at once.',
          { reseller },
        ),
      ],
    }),
  },
  invite: {
    name: t('Invite'),
    write: (_values, { reseller: { name: reseller }, to, until }) => ({
      subject: t('{reseller} invites you', { reseller }),
      paragraphs: [
        t('{reseller} invites you to become a customer. Register with the address {to}:', { reseller, to }),
        LINK,
        t('The link works once, until {until}.', { until }),
        t('If you did not expect this, you need not do anything.'),
      ],
      link: t('Register'),
    }),
  },
  'customer-registered': {
    name: t('Somebody registered'),
    write: ({ email, name, credits }, { reseller: { name: reseller } }) => ({
      subject: t('{name} has registered', { name }),
      paragraphs: [
        t('{name} ({email}) has registered through your invite and is a customer of {reseller} now.', {
          name,
          email,
          reseller,
        }),
        ...(credits === 'refused' ? [CREDITS_REFUSED] : []),
        ...(credits === 'waits' ? [CREDITS_WAIT] : []),
        t('Who it is, and what there is:'),
        LINK,
      ],
      link: t('Open the customer'),
    }),
  },
  ...MONEY_TEMPLATES,
  test: {
    name: t('Test mail'),
    write: ({ sentBy }, { reseller: { name: reseller } }) => ({
      subject: t('Test mail from {reseller}', { reseller }),
      paragraphs: [
        t('{sentBy} sent this mail from the settings of {reseller}, to see whether mail works. It does.', {
          sentBy,
          reseller,
        }),
      ],
    }),
  },
}

const CREDITS_REFUSED = t(
  'The opening credits of the invite were not granted, because whoever made it may not grant so much, or no credits any more.',
)
const CREDITS_WAIT = t('The opening credits of the invite wait for a second person to approve them.')

/** Why somebody is to set a password, in words. */
function passwordWords(why: Mails['set-password']['why'], named: { reseller: string; to: string }) {
  switch (why) {
    case 'new_customer':
      return {
        subject: t('Your account at {reseller}', named),
        before: t(
          '{reseller} has made an account for you. Its address is {to}. Set a password to use it:',
          named,
        ),
        after: t('If you did not expect this, you need not do anything: without a password nobody gets in.'),
      }
    case 'new_staff':
      return {
        subject: t('Your access to the portal of {reseller}', named),
        before: t('You have been added to the staff of {reseller} as {to}. Set a password to log in:', named),
        after: t('If you did not expect this, you need not do anything: without a password nobody gets in.'),
      }
    case 'forgotten':
      return {
        subject: t('Set a new password'),
        before: t(
          'Somebody asked for a new password for {to} at {reseller}. If it was you, set it here:',
          named,
        ),
        after: t('If it was not you, you need not do anything: your password stays as it is.'),
      }
    case 'reset':
      return {
        subject: t('Set a new password'),
        before: t('{reseller} sends you this link to set a new password for {to}:', named),
        after: t('Until you use it, your password stays as it is.'),
      }
  }
}
