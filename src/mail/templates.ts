import { t } from '../web/words.ts'
import { LINK, type Template } from './draft.ts'
import { MONEY_TEMPLATES, type MoneyMails } from './money-templates.ts'

/** What each mail has to be told. Never a secret: a link is named by its row's id and derived when the mail is sent or shown. */
export interface Mails extends MoneyMails {
  /** To a new staff member or customer, or to somebody who forgot the password. */
  'set-password': { linkId: string; why: 'new_staff' | 'new_customer' | 'forgotten' | 'reset' }
  /** To a customer whose address has to be verified. */
  'verify-email': { linkId: string }
  /** To the former address of a customer who has changed it; `email` is the new one. */
  'email-changed': { email: string }
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
    write: ({ email }, { reseller: { name: reseller }, to }) => ({
      subject: t('Your e-mail address was changed'),
      paragraphs: [
        t('Your account at {reseller} had the address {to}. It was changed to {email}.', {
          reseller,
          to,
          email,
        }),
        t('If it was you, all is well. If it was not, write to {reseller} at once.', { reseller }),
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
