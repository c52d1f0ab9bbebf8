import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { roleName } from '../people/roles.ts'
import { type LimitsChanged, limitsInWords } from '../staff/events.ts'
import { hiddenValue } from '../forms/form.ts'
import { t } from '../words/words.ts'
import { amountField, withAmounts } from './money.ts'
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

export const limitsSet = event<LimitsChanged>(
  'limits.set',
  t('Limits set'),
  ({ role, ...changes }, { money }) =>
    t('set the limits of {role}: {changes}', {
      role: roleName(role),
      changes: limitsInWords(changes, money),
    }),
)

/**
 * Sets the limits of the roles; returns the ids of those that have changed. They count from the next posting on, also for what waits
 * already when it is approved. Locks the roles.
 *
 * @throws 409 where somebody else set them after the page was made, see savedMeanwhile()
 */
export const SetLimits = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [limitsSet],
  on: ({ actor }) => listLimits(actor),
  input: ({ actor }, roles) =>
    LimitsForm(
      actor.reseller,
      roles.map(({ id }) => id),
    ),
  run({ actor }, _roles, { seen, limits }) {
    const { id: resellerId, currencyScale } = actor.reseller
    return transaction(actor, async (db) => {
      await db.$queryRaw`select from roles where reseller_id = ${resellerId} order by id for no key update`
      const roles = await readLimits(db, actor)
      const wantedOf = (role: RoleLimits): Limits => ({ ...role, ...limits.get(role.id) })
      const changed = roles.filter((role) => LIMIT_NAMES.some((name) => role[name] !== wantedOf(role)[name]))
      if (changed.length === 0) return []
      if (shownLimits(roles) !== seen) {
        const typedOf = (rows: readonly RoleLimits[]) => limitsAsTyped(rows, currencyScale)
        throw await savedMeanwhile(db, actor, {
          ...{ event: limitsSet, now: typedOf(roles) },
          wanted: typedOf(roles.map((role) => ({ ...role, ...limits.get(role.id) }))),
          opened: typedOf(rolesShown(seen)),
          seen: { seen: shownLimits(roles) },
        })
      }
      for (const role of changed) {
        const wanted = wantedOf(role)
        const names = LIMIT_NAMES.filter((name) => role[name] !== wanted[name])
        const { entryMax, dayMax, approvalAbove } = wanted
        await db.role.update({
          where: { resellerId_id: { resellerId, id: role.id } },
          data: { entryMax, dayMax, approvalAbove },
        })
        await record(db, actor, limitsSet, {
          role: role.id,
          changed: names,
          before: names.map((name) => asText(role[name])),
          after: names.map((name) => asText(wanted[name])),
        })
      }
      return changed.map(({ id }) => id)
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

const asText = (limit: bigint | null) => (limit === null ? '' : String(limit))
