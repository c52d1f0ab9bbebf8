import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { lockOwners } from '../staff/staff.ts'
import { hiddenValue } from '../forms/form.ts'
import { amountField, withAmounts } from './money.ts'
import { type AskedRaise, askRaise, readFreeRaises } from './raises/ask.ts'
import { setRaised } from './raises/decide.ts'
import { limitsSet, limitsRaiseAsked } from './raises/events.ts'
import { isRaise, lockRoles, raisedOf } from './raises/raise.ts'
import {
  LIMIT_NAMES,
  type Limits,
  type RoleLimits,
  limitField,
  limitsAsTyped,
  listLimits,
  readLimits,
  shownLimits,
} from './role-limits.ts'

/** What was done with the limits that a form has sent. */
export interface SetOrAsked {
  /** The ids of the roles of which a limit was set. */
  set: string[]
  /** What was raised, and waits; null where nothing was. */
  raise: AskedRaise | null
}

/**
 * Sets the limits of the roles. They count from the next posting on, also for what waits already when it is approved. A limit that is
 * raised or taken away waits for another Owner or for a day instead, see askRaise(). Locks the Owners, then the roles.
 *
 * @throws 409 where somebody else set them after the page was made, see savedMeanwhile(), and where another raise of a limit waits
 */
export const SetLimits = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [limitsSet, limitsRaiseAsked],
  on: ({ actor }) => listLimits(actor),
  input: ({ actor }, roles) =>
    LimitsForm(
      actor.reseller,
      roles.map(({ id }) => id),
    ),
  run({ actor }, _roles, { seen, limits }): Promise<SetOrAsked> {
    const { id: resellerId, currencyScale } = actor.reseller
    return transaction(actor, async (db) => {
      await lockOwners(db, resellerId)
      await lockRoles(db, resellerId)
      const roles = await readLimits(db, actor)
      const wantedOf = (role: RoleLimits): Limits => ({ ...role, ...limits.get(role.id) })
      const changed = roles.filter((role) => LIMIT_NAMES.some((name) => role[name] !== wantedOf(role)[name]))
      if (changed.length === 0) return { set: [], raise: null }
      if (shownLimits(roles) !== seen) {
        const typedOf = (rows: readonly RoleLimits[]) => limitsAsTyped(rows, currencyScale)
        throw await savedMeanwhile(db, actor, {
          ...{ event: limitsSet, now: typedOf(roles) },
          wanted: typedOf(roles.map((role) => ({ ...role, ...limits.get(role.id) }))),
          opened: typedOf(rolesShown(seen)),
          seen: { seen: shownLimits(roles) },
        })
      }
      const { isFree } = await readFreeRaises({ prisma: db }, resellerId)
      const waits = (from: bigint | null, to: bigint | null) => !isFree && isRaise(from, to)
      const split = changed.map((role) => {
        const wanted = wantedOf(role)
        const names = LIMIT_NAMES.filter((name) => role[name] !== wanted[name])
        const raised = names.filter((name) => waits(role[name], wanted[name]))
        return { role, wanted, names: names.filter((name) => !raised.includes(name)), raised }
      })
      const now = split.filter(({ names }) => names.length > 0)
      await setRaised(db, actor, resellerId, raisedOf(now))
      const raised = raisedOf(split.map(({ raised: names, ...one }) => ({ ...one, names })))
      const raise = raised.roles.length === 0 ? null : await askRaise(db, actor, raised)
      return { set: now.map(({ role }) => role.id), raise }
    })
  },
})

/**
 * The limits of these roles, each in a field of its own (see limitField()); empty is none. What is not sent is left alone. `seen` is
 * what the page showed of all of them.
 */
function LimitsForm(reseller: ResellerFacts, roleIds: readonly string[]) {
  const fields = roleIds.flatMap((id) =>
    LIMIT_NAMES.map((name) => {
      const zero = name === 'approvalAbove'
      return [limitField(id, name), amountField(reseller, { zero, blank: null }).optional()] as const
    }),
  )
  const form = z
    .object({ seen: hiddenValue(/^[\w:|-]{1,1000}$/), ...Object.fromEntries(fields) })
    .transform(({ seen, ...typed }) => ({
      seen,
      limits: new Map(roleIds.map((id) => [id, limitsOfRole(id, typed as Record<string, bigint | null>)])),
    }))
  return withAmounts(
    fields.map(([name]) => name),
    form,
  )
}

function limitsOfRole(id: string, typed: Readonly<Record<string, bigint | null>>): Partial<Limits> {
  const sent = LIMIT_NAMES.filter((name) => typed[limitField(id, name)] !== undefined)
  return Object.fromEntries(sent.map((name) => [name, typed[limitField(id, name)]]))
}

/** The limits that a page has shown, as shownLimits() wrote them. */
function rolesShown(seen: string): RoleLimits[] {
  const sum = (shown: string | undefined) => (/^\d+$/.test(shown ?? '') ? BigInt(shown as string) : null)
  return seen.split('|').map((role) => {
    const [id = '', entryMax, dayMax, approvalAbove] = role.split(':')
    return { id, entryMax: sum(entryMax), dayMax: sum(dayMax), approvalAbove: sum(approvalAbove) }
  })
}
