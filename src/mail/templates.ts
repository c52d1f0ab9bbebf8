import type { ResellerFace } from '../resellers/reseller.ts'
import { type Sentence, t } from '../web/words.ts'

/** What each mail has to be told. Never a secret: a link is named by its row's id and derived when the mail is sent or shown. */
export interface Mails {
  /** To a new staff member or customer, or to somebody who forgot the password. */
  'set-password': { linkId: string; why: 'new_staff' | 'new_customer' | 'forgotten' }
  /** To a customer whose address has to be verified. */
  'verify-email': { linkId: string }
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
    name: t('Confirm the address'),
    write: (_values, { reseller: { name: reseller }, to, until }) => ({
      subject: t('Confirm your e-mail address'),
      paragraphs: [
        t('{to} is the address of an account at {reseller}. Confirm that it is yours:', { to, reseller }),
        LINK,
        t('The link works once, until {until}.', { until }),
        t('If you have no account there, you need not do anything.'),
      ],
      link: t('Confirm the address'),
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
  }
}
