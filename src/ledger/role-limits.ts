import type { Transaction } from '../database/client.ts'
import type { Role } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import type { Permission } from '../people/permissions.ts'
import { ROLE_IDS } from '../people/roles.ts'
import { canLogIn } from '../staff/staff.ts'
import { MAY_POST } from './kinds.ts'
import { type Formats, plainAmount } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'

export const LIMIT_NAMES = ['entryMax', 'dayMax', 'approvalAbove'] as const

/** What a person of one role may move: at once, within 24 hours, and above what a second person decides. Minor units; null: no limit. */
export type Limits = Pick<Role, (typeof LIMIT_NAMES)[number]>

export interface RoleLimits extends Limits {
  /** The role's id. */
  id: string
}

/** The limits of every role that may post money, in the order of the roles. */
export async function listLimits(actor: Actor): Promise<RoleLimits[]> {
  mustBeAllowed(actor, 'reseller.manage')
  return readLimits(actor.database.prisma, actor)
}

/** As listLimits(), in the caller's transaction. */
export const readLimits = async (db: Transaction, actor: Actor): Promise<RoleLimits[]> =>
  inOrder(await db.role.findMany({ where: postersOf(actor), select: SHOWN }))

/** What a page has shown of all limits, to be compared when it comes back. */
export const shownLimits = (roles: readonly RoleLimits[]) =>
  roles.map((role) => [role.id, ...LIMIT_NAMES.map((name) => role[name] ?? '-')].join(':')).join('|')

/** The limits as a form has them: financeEntryMax, financeDayMax, financeApprovalAbove; '' for none. */
export function limitsAsTyped(roles: readonly RoleLimits[], scale: number): Record<string, string> {
  const fields = roles.flatMap((role) =>
    LIMIT_NAMES.map((name) => {
      const limit = role[name]
      return [limitField(role.id, name), limit === null ? '' : plainAmount(limit, scale)] as const
    }),
  )
  return Object.fromEntries(fields)
}

/** A limit's field in the form. */
export const limitField = (roleId: string, name: (typeof LIMIT_NAMES)[number]) =>
  `${roleId}${name[0]?.toUpperCase()}${name.slice(1)}`

/**
 * Whose postings above a threshold nobody could approve, by role: those who may post money while nobody else, who can log in, may
 * approve. Nobody approves what they entered, so that is everybody where only one person may, such as a single Owner.
 */
export async function listUnapprovable(actor: Actor): Promise<Map<string, string[]>> {
  mustBeAllowed(actor, 'reseller.manage')
  const members = await actor.database.prisma.staff.findMany({
    where: { resellerId: actor.reseller.id, state: 'ON' },
    select: {
      id: true,
      email: true,
      roleId: true,
      state: true,
      passwordMark: true,
      role: { select: { permissions: true } },
    },
    orderBy: { email: 'asc' },
  })
  const who = (...any: readonly Permission[]) =>
    members.filter(({ role }) => any.some((permission) => role.permissions.includes(permission)))
  // Who has no password yet will enter postings one day, and approves none until then.
  const approvers = who('money.approve').filter(canLogIn)
  const alone = new Map<string, string[]>()
  for (const { id, email, roleId } of who(...MAY_POST)) {
    if (approvers.some((approver) => approver.id !== id)) continue
    alone.set(roleId, [...(alone.get(roleId) ?? []), email])
  }
  return alone
}

/** A limit in words, and the amount in minor units above which it bites. `approval`: more than that waits for a second person. */
export interface SpokenLimit {
  kind: 'most' | 'approval'
  above: bigint
  sentence: Sentence
}

/** Whether a second person has to approve whatever is posted under these limits, however small. */
export const allWaits = (limits: readonly SpokenLimit[]): boolean =>
  limits.some(({ kind, above }) => kind === 'approval' && above === 0n)

/** Whether a second person has to approve what goes beyond these limits. */
export const waitsBeyond = (limits: readonly SpokenLimit[]): boolean =>
  limits.some(({ kind }) => kind === 'approval')

/** The limits in words; nothing where there are none. */
export const limitWords = (limits: Limits, formats: Formats): Sentence[] =>
  spokenLimits(limits, formats).map(({ sentence }) => sentence)

/** The limits in words, each with where it bites. `dayLeft`: what is left of the 24 hours, for whom they bind. */
export function spokenLimits(
  { entryMax, dayMax, approvalAbove, dayLeft }: Limits & { dayLeft?: bigint | null },
  { money }: Formats,
): SpokenLimit[] {
  const spoken: SpokenLimit[] = []
  const say = (kind: SpokenLimit['kind'], above: bigint, sentence: Sentence) =>
    spoken.push({ kind, above, sentence })
  if (entryMax !== null) say('most', entryMax, t('At most {limit} per posting.', { limit: money(entryMax) }))
  if (dayMax !== null && dayLeft !== undefined && dayLeft !== null) {
    const said = { limit: money(dayMax), left: money(dayLeft) }
    say('most', dayLeft, t('At most {limit} within 24 hours, with {left} left.', said))
  } else if (dayMax !== null) {
    say('most', dayMax, t('At most {limit} within 24 hours.', { limit: money(dayMax) }))
  }
  if (approvalAbove !== null) {
    const said = { threshold: money(approvalAbove) }
    say(
      'approval',
      approvalAbove,
      approvalAbove === 0n
        ? t('Every posting needs approval.')
        : t('Postings above {threshold} need approval.', said),
    )
  }
  return spoken
}

const SHOWN = { id: true, entryMax: true, dayMax: true, approvalAbove: true } as const

const postersOf = ({ reseller }: Actor) => ({
  resellerId: reseller.id,
  permissions: { hasSome: [...MAY_POST] },
})

function inOrder(roles: RoleLimits[]): RoleLimits[] {
  const place = ({ id }: RoleLimits) => (ROLE_IDS as readonly string[]).indexOf(id)
  return roles.toSorted((one, other) => place(one) - place(other) || one.id.localeCompare(other.id))
}
