import type { Database } from '../database/client.ts'
import type { ActorKind, LoginAsMode } from '../generated/prisma/client.ts'
import type { Queue } from '../jobs/queue.ts'
import { NO_REQUEST, type RequestFacts } from '../request-facts.ts'
import type { FormatSettings } from '../words/format.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import type { Owner } from './owner.ts'
import { PERMISSIONS, type Permission } from './permissions.ts'

/** The tenant, as every rule and page needs it. */
export interface ResellerFacts extends FormatSettings {
  id: string
  slug: string
  name: string
}

/** What rules and pages need to know of a login-as. */
export interface LoginAsFacts {
  id: string
  /** readonly: nothing can be written, and the database would refuse it too. */
  mode: LoginAsMode
  /** The customer's address, for the banner. */
  customerName: string
  /** When it is over at the latest. */
  expiresAt: Date
  /** When it is over if no further page is asked for. */
  idleEndsAt: Date
}

/** That somebody's role requires a second factor, or a customer's reseller. */
export interface RequiredFactor {
  /** From when on. */
  from: Date
  /** Whether it is required by now, in this session. */
  isDue: boolean
  /** Whether the person has one. */
  isThere: boolean
}

/**
 * Who does a thing: the person who is really here and, under login-as, the customer they stand in for. Guards ask may(); the
 * audit log writes both. Rules take the actor first and reach the database only through it.
 */
export interface Actor extends RequestFacts {
  kind: ActorKind
  /** The staff member's or customer's id; null for the system and for visitors. */
  id: string | null
  /** What the audit log calls this person: the e-mail address, or what part of the system it was. */
  name: string
  /** The name as the page greets it. */
  displayName: string
  /** staff only: the role's id. */
  roleId: string | null
  reseller: ResellerFacts
  /** The customer's id under login-as, else null. */
  standsInFor: string | null
  /** The login-as session, where the actor is in one. */
  loginAs: LoginAsFacts | null
  permissions: ReadonlySet<Permission>
  /** Where this actor's rules read and write. */
  database: Database
  /** Where they leave jobs, in the transaction that causes them. */
  queue: Queue
  /** Whether what asks for a proof has to ask, see mustHaveProven() in proof.ts. Missing for whoever is never asked. */
  lacksProof?: boolean
  /** What the role requires of staff, or the reseller of customers; missing where it is nothing, and for everybody else. */
  requiredFactor?: RequiredFactor
  /** Whether a customer may set up a second factor. Missing for everybody else. */
  offersFactors?: boolean
  /** When this actor's actions count as done; now where missing, which it is for everybody but the demo, who tells of a past. */
  at?: Date
}

/** Somebody who has a password of their own. */
export type Person = Actor & { kind: 'staff' | 'customer'; id: string }

/** The person as whose something is. */
export const ownerOf = ({ kind, id, reseller }: Person): Owner => ({ kind, id, resellerId: reseller.id })

/** What people call the actor; the e-mail address of who gave no name. */
export const nameOf = ({ displayName, name }: Pick<Actor, 'displayName' | 'name'>) => displayName || name

/** Whether the actor has the permission. */
export function may(actor: Pick<Actor, 'permissions'>, permission: Permission): boolean {
  return actor.permissions.has(permission)
}

/** Refuses, 403, who lacks the permission. Rules call it as well as pages: a page's guard is a courtesy. */
export function mustBeAllowed(actor: Actor, permission: Permission) {
  if (!may(actor, permission)) {
    throw new Refusal(
      403,
      t('Your role does not allow this. Ask an Owner of {reseller} if you need it.', {
        reseller: actor.reseller.name,
      }),
      { facts: { permission } },
    )
  }
}

/** The system as an actor in one reseller: imports, expiry, the demo. It may do everything there. */
export function systemActor(
  { database, queue, at }: Pick<Actor, 'database' | 'queue' | 'at'>,
  reseller: ResellerFacts,
  name: string,
): Actor {
  return {
    kind: 'system',
    id: null,
    name,
    displayName: name,
    roleId: null,
    reseller,
    standsInFor: null,
    loginAs: null,
    permissions: new Set(PERMISSIONS),
    database,
    queue,
    ...NO_REQUEST,
    ...(at && { at }),
  }
}

/** A customer as an actor, such as one who follows a one-time link. No permission of the staff's is theirs. */
export function customerActor(
  { database, queue }: Pick<Actor, 'database' | 'queue'>,
  reseller: ResellerFacts,
  customer: { id: string; email: string; name: string },
  request: RequestFacts,
): Actor {
  return {
    kind: 'customer',
    id: customer.id,
    name: customer.email,
    displayName: customer.name || customer.email,
    roleId: null,
    reseller,
    standsInFor: null,
    loginAs: null,
    permissions: new Set(),
    database,
    queue,
    ...request,
  }
}

/** Whose console this is: the customer's own, or the one a staff member stands in for. Throws for anybody else: a bug. */
export function consoleCustomerId(actor: Actor): string {
  const id = actor.kind === 'customer' ? actor.id : actor.standsInFor
  if (!id) throw new Error('Only customers and those who stand in for them have a console.')
  return id
}

/** As mustBeAllowed(), but the customer's own is theirs without any permission, and so it is for staff who are logged in as the customer. */
export function mustBeAllowedOrOwn(actor: Actor, permission: Permission, customer: { id: string }) {
  const isConsole = actor.kind === 'customer' || actor.standsInFor !== null
  if (!isConsole || consoleCustomerId(actor) !== customer.id) mustBeAllowed(actor, permission)
}

/** Refuses, 403, staff who are logged in as a customer: password, e-mail, sessions, consent and money are the customer's own. */
export function mustBeThemself(actor: Actor) {
  if (actor.standsInFor) {
    throw new Refusal(
      403,
      t('Only the customer can do this. It is not possible while you are logged in as the customer.'),
    )
  }
}
