import type { ResellerFace } from '../resellers/reseller.ts'
import { type Sentence, t } from '../web/words.ts'

/** What each mail has to be told. Never a secret: a link is named by its row's id and derived when the mail is sent or shown. */
export interface Mails {
  /** To a new staff member or customer, or to somebody who forgot the password. */
  'set-password': { linkId: string; why: 'new_staff' | 'new_customer' | 'forgotten' | 'reset' }
  /** To a customer whose address has to be verified. */
  'verify-email': { linkId: string }
  /** To the former address of a customer who has changed it; `email` is the new one. */
  'email-changed': { email: string }
  /** To somebody whom staff invite. */
  invite: { inviteId: string }
  /** To the maker of an invite through which somebody came. credits: whether the opening credits of the invite were granted. */
  'customer-registered': {
    customerId: string
    email: string
    name: string
    credits: 'none' | 'granted' | 'refused'
  }
  /** From the settings page: does mail work? */
  test: { sentBy: string }
}

export type MailName = keyof Mails

/** What a mail can say about where it comes from and goes to. */
interface Surroundings {
  reseller: ResellerFace
  /** The address it goes to. */
  to: string
  /** Until when its link is good, in the reseller's words; '' where it has none. */
  until: string
}

/** A mail before it is put into words. */
interface Draft {
  subject: Sentence
  /** Paragraphs from top to bottom; LINK stands where the link goes. */
  paragraphs: readonly (Sentence | typeof LINK)[]
  /** The words on the link. */
  link?: Sentence
}

interface Template<Values> {
  /** What staff call such a mail in the portal. */
  name: Sentence
  write(values: Values, about: Surroundings): Draft
}

export const LINK = Symbol('the link')

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
        t('Who it is, and what there is:'),
        LINK,
      ],
      link: t('Open the customer'),
    }),
  },
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
  'The opening credits of the invite were not granted, because whoever made it may not grant credits any more.',
)

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
