import type { z } from 'zod'
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
export interface Draft {
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

/** What is declared of a mail. Its values never hold a secret: a link is named by its row, and derived when the mail is sent or shown. */
interface Declared<Values> {
  /** As it stands in rows of mails. */
  name: string
  /** What staff call such a mail in the portal. */
  label: Sentence
  /** Reads what a row keeps for it, also a row of an older version, which may keep less. */
  values: z.ZodType<Values>
  write(values: NoInfer<Values>, about: Surroundings): Draft
  /** Where its link leads; missing where it carries none. */
  way?(
    on: { database: Database; keys: Keys },
    mail: { resellerId: string; values: NoInfer<Values>; reseller: Face },
  ): Promise<Way | null> | Way
}

/** What a mail is made from: as declared, but that it takes what a row keeps. */
export interface Template<Values> extends Omit<Declared<unknown>, 'values'> {
  values: z.ZodType<Values>
}

/** Declares a mail. It throws for a row whose values are none of its own. */
export const template = <Values>({ values, write, way, ...named }: Declared<Values>): Template<Values> => ({
  ...named,
  values,
  write: (kept, about) => write(values.parse(kept), about),
  ...(way && { way: (on, mail) => way(on, { ...mail, values: values.parse(mail.values) }) }),
})

/** A page of the portal or the console, to which a mail leads. */
export const toPage = (path: string): Way => ({ path, expiresAt: null, fate: null })

export const LINK = Symbol('the link')
