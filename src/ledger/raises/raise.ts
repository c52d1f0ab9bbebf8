import { z } from 'zod'
import { isId } from '../../database/id.ts'
import type { Transaction } from '../../database/client.ts'
import type { LimitRaise, RaiseState } from '../../generated/prisma/client.ts'
import { type Actor, may, mustBeAllowed } from '../../people/actor.ts'
import { maybeSameHand } from '../../staff/access.ts'
import { lockOwners } from '../../staff/staff.ts'
import { Refusal } from '../../words/refusal.ts'
import { type Sentence, t } from '../../words/words.ts'
import { sameHandInWords } from '../outcomes.ts'
import { LIMIT_NAMES, type Limits, type RoleLimits } from '../role-limits.ts'
import type { Raised } from './events.ts'

/** What a row has of the limits that it raises: as its events do. */
const RaisedRow = z.object({
  roles: z.array(z.string()),
  changed: z.array(z.enum(LIMIT_NAMES)),
  before: z.array(z.string().regex(/^\d*$/)),
  after: z.array(z.string().regex(/^\d*$/)),
})

/** Limits that an Owner wants to raise, and what this reader may do about it. */
export interface Raise {
  row: Omit<LimitRaise, 'raised'>
  raised: Raised
  isOpen: boolean
  /** Who reads this has asked for it, and so may withdraw it and never approve it. */
  isOwn: boolean
  /** Why this reader cannot approve it as things are; null where they can, and where there is nothing to approve. */
  hindrance: Sentence | null
}

/** Whether a limit is raised: less than before is refused or waits. The first limit is no raise, since there was none. */
export const isRaise = (from: bigint | null, to: bigint | null) => from !== null && (to === null || to > from)

/** Raises are decided by the Owners alone. */
export const seesRaises = (actor: Actor) => may(actor, 'reseller.manage')

/** How many decided ones are shown. */
const DECIDED_MAX = 25

/** The raises that wait, the oldest first, or the latest that were decided; none for who is no Owner. */
export async function listRaises(actor: Actor, state: 'waiting' | 'decided'): Promise<Raise[]> {
  if (!seesRaises(actor)) return []
  const { database, reseller } = actor
  const rows = await database.prisma.limitRaise.findMany({
    where: { resellerId: reseller.id, state: state === 'waiting' ? 'waiting' : { not: 'waiting' } },
    orderBy: [{ createdAt: state === 'waiting' ? 'asc' : 'desc' }, { id: 'asc' }],
    ...(state === 'decided' && { take: DECIDED_MAX }),
  })
  return Promise.all(rows.map((row) => raiseOf(actor, row)))
}

/** The raise of this id. @throws 403 for who is no Owner; 404 for one of another reseller as for one that never was */
export async function findRaise(actor: Actor, id: unknown): Promise<Raise> {
  mustBeAllowed(actor, 'reseller.manage')
  const resellerId = actor.reseller.id
  const row = isId(id)
    ? await actor.database.prisma.limitRaise.findUnique({ where: { resellerId_id: { resellerId, id } } })
    : null
  if (!row) throw new Refusal(404, t('Request not found.'))
  return raiseOf(actor, row)
}

async function raiseOf(actor: Actor, { raised, ...row }: LimitRaise): Promise<Raise> {
  const limits = RaisedRow.parse(raised)
  const isOpen = row.state === 'waiting'
  const isOwn = row.askerId === actor.id
  const hindrance = isOpen && !isOwn ? await whyNotApproved(actor.database.prisma, actor, row, limits) : null
  return { row, raised: limits, isOpen, isOwn, hindrance: hindrance?.sentence ?? null }
}

/** The raises that wait, in the caller's transaction. */
export async function readOpenRaises(
  db: Transaction,
  resellerId: string,
): Promise<Pick<Raise, 'row' | 'raised'>[]> {
  const rows = await db.limitRaise.findMany({ where: { resellerId, state: 'waiting' } })
  return rows.map(({ raised, ...row }) => ({ row, raised: RaisedRow.parse(raised) }))
}

/** Why the actor cannot approve a raise that waits; null where they can. Says nothing of their permission, which the action asks for. */
export async function whyNotApproved(
  db: Transaction,
  actor: Actor,
  { askerId, askerName }: Pick<LimitRaise, 'askerId' | 'askerName'>,
  raised: Raised,
): Promise<Refusal | null> {
  const { id, reseller } = actor
  if (id === null || askerId === id) {
    return new Refusal(403, t('You requested this, so another Owner must approve it.'))
  }
  const hand = await maybeSameHand(db, { resellerId: reseller.id, first: askerId, second: id })
  if (hand) {
    const maker = await nameOfAsker(db, { resellerId: reseller.id, askerId, askerName })
    const said = { maker, person: hand.name }
    return new Refusal(403, sameHandInWords(HANDS[hand.giver], said))
  }
  if (!(await isStillSo(db, reseller.id, raised))) {
    return new Refusal(
      409,
      t('The limits have changed since this was requested. Reject it, and have it requested again.'),
    )
  }
  return null
}

/** What they are called who asked for a raise. */
export async function nameOfAsker(
  db: Transaction,
  { resellerId, askerId: id, askerName }: Pick<LimitRaise, 'resellerId' | 'askerId' | 'askerName'>,
): Promise<string> {
  const asker = await db.staff.findFirst({ where: { resellerId, id }, select: { name: true } })
  return asker?.name ?? askerName
}

const HANDS = { first: 'maker', second: 'decider', third: 'third' } as const

/** Whether the limits are still what they were when the raise was asked for. */
export async function isStillSo(db: Transaction, resellerId: string, raised: Raised): Promise<boolean> {
  const roles = await db.role.findMany({ where: { resellerId, id: { in: [...raised.roles] } } })
  return raised.roles.every((roleId, place) => {
    const role = roles.find(({ id }) => id === roleId)
    const name = raised.changed[place] as keyof Limits
    return role !== undefined && asText(role[name]) === raised.before[place]
  })
}

/**
 * The other Owners who can log in and may approve what this one asks for: those who are not of the same hand, see same_hand(). Locks the
 * Owners.
 */
export async function otherOwners(db: Transaction, resellerId: string, askerId: string): Promise<string[]> {
  const others = (await lockOwners(db, resellerId)).filter((id) => id !== askerId)
  const hands = await Promise.all(
    others.map((id) => maybeSameHand(db, { resellerId, first: askerId, second: id })),
  )
  return others.filter((_id, place) => hands[place] === null)
}

/** Locks the roles, so that their limits stay what they are until the transaction ends. */
export async function lockRoles(db: Transaction, resellerId: string): Promise<void> {
  await db.$queryRaw`select from roles where reseller_id = ${resellerId} order by id for no key update`
}

/** What becomes of these limits, as a raise has them. */
export function raisedOf(
  changes: readonly { role: RoleLimits; wanted: Limits; names: readonly (keyof Limits)[] }[],
): Raised {
  const each = changes.flatMap(({ role, wanted, names }) => names.map((name) => ({ role, wanted, name })))
  return {
    roles: each.map(({ role }) => role.id),
    changed: each.map(({ name }) => name),
    before: each.map(({ role, name }) => asText(role[name])),
    after: each.map(({ wanted, name }) => asText(wanted[name])),
  }
}

/** A limit as events have it: minor units, '' for none. */
const asText = (limit: bigint | null) => (limit === null ? '' : String(limit))

/** A raise was decided already. */
export function raiseDecided(state: Exclude<RaiseState, 'waiting'>): Sentence {
  const sentences = {
    approved: t('This was already approved, and the limits are set.'),
    rejected: t('This was rejected, so the limits are unchanged.'),
    withdrawn: t('This was withdrawn, so the limits are unchanged.'),
    effective: t('This took effect after a day, and the limits are set.'),
    lapsed: t(
      'This could not take effect, so the limits are unchanged. Request it again if you still need it.',
    ),
  }
  return sentences[state]
}
