import type { Database } from '../database/client.ts'
import type { Keys } from '../keys.ts'
import type { FormatSettings } from '../words/format.ts'
import type { Sentence } from '../words/words.ts'

/** A reseller as its mails show it. */
interface Face extends FormatSettings {
  name: string
  slug: string
}

/** What a mail can say about where it comes from and goes to. */
interface Surroundings {
  reseller: Face
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

/** Where the link in a mail leads. */
export interface Way {
  path: string
  /** Null for a page of the portal or the console, which does not end. */
  expiresAt: Date | null
  /** Why it is no longer good, as the page of the mail says it; null while it is. */
  fate: string | null
}

/** What a mail is made from. Its values never hold a secret: a link is named by its row, and derived when the mail is sent or shown. */
export interface Template<Values> {
  /** As it stands in rows of mails. */
  name: string
  /** What staff call such a mail in the portal. */
  label: Sentence
  write(values: Values, about: Surroundings): Draft
  /** Where its link leads; missing where it carries none. */
  way?(
    on: { database: Database; keys: Keys },
    mail: { resellerId: string; values: Values; reseller: Face },
  ): Promise<Way | null> | Way
}

/** A page of the portal or the console, to which a mail leads. */
export const toPage = (path: string): Way => ({ path, expiresAt: null, fate: null })

export const LINK = Symbol('the link')
