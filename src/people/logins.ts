import type { Database } from '../database/client.ts'
import type { Customer } from '../generated/prisma/client.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Sentence } from '../words/words.ts'
import type { Account } from './device.ts'
import type { Kind } from './login-site.ts'
import type { SessionPerson } from './session-store.ts'
import type { NewSession } from './sessions.ts'

/** What a login needs to know of somebody whom it may mean. */
export interface Candidate extends Pick<Customer, 'resellerId' | 'id' | 'email' | 'passwordMark'> {
  /** Missing where no password is tried. */
  passwordHash?: string | null
  /** Of a customer: see ResetMark. */
  resetBy?: string | null
  /** Whether a password alone does not let this one in. */
  hasFactor?: boolean
}

/** Why somebody does not come in, as the event of it says. */
interface Hindrance {
  why: string
  sentence: Sentence
}

/** Who may log in at a site, and whom it keeps out. */
export interface Logins<C extends Candidate> {
  kind: Kind
  /** Everybody of this address: of one reseller, or of all of them. */
  candidates(database: Database, email: string, resellerId: string | null): Promise<C[]>
  /** Why no password lets this one in, who then is told what is told of a wrong one; null: it is the password that counts. */
  whyNever?(candidate: C): string | null
  /** What keeps this one out after the right password, and is said then. */
  maybeHindrance?(candidate: C, database: Database): Promise<Hindrance | null>
  /** Whether whoever fails is asked for a code before that is told, since somebody here has a second factor: of one reseller, or of all. */
  asksEverybody(database: Database, resellerId: string | null): Promise<boolean>
}

export interface From {
  request: RequestFacts
  /** Begins if the attempt succeeds. */
  session: NewSession
  /** See knownDevice(). */
  deviceOf: (account: Account) => string | null
}

/** Somebody who is in. */
export interface LoggedIn {
  person: SessionPerson
  account: Account
}
