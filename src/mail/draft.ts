import type { ResellerFace } from '../resellers/reseller.ts'
import type { Sentence } from '../web/words.ts'

/** What a mail can say about where it comes from and goes to. */
export interface Surroundings {
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

export interface Template<Values> {
  /** What staff call such a mail in the portal. */
  name: Sentence
  write(values: Values, about: Surroundings): Draft
}

export const LINK = Symbol('the link')
