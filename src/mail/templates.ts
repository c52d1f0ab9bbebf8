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
