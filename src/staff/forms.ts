import { z } from 'zod'
import { amountField, withAmounts } from '../ledger/money.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { choice, email, hiddenValue, longText, optionalText, text } from '../web/form.ts'
import { LIMIT_NAMES, type Limits, limitField } from './limits.ts'
import { ROLE_IDS } from '../people/roles.ts'

export const NewStaffForm = z.object({
  email: email(),
  name: text({ min: 1, max: 120 }),
  role: choice(ROLE_IDS),
})
/** `seen` is the role that the page showed; a script that sends none takes whatever it is. */
export const RoleForm = z.object({ role: choice(ROLE_IDS), seen: choice(ROLE_IDS).optional() })
/** Turning somebody OFF takes a reason; turning ON may have one. */
export const StaffSuspensionForm = z.object({ reason: longText({ max: 500, min: 1 }) })
export const StaffReinstatementForm = z.object({ reason: longText({ max: 500 }).default('') })
/** Making links anew: there is nothing to fill in. */
export const NothingToFillIn = z.object({})

/**
 * The limits of these roles, each in a field of its own (see limitField()); empty is none. What is not sent is left alone. `seen` is
 * what the page showed of all of them.
 */
export function LimitsForm(reseller: ResellerFacts, roleIds: readonly string[]) {
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

/** What the address of the list may say. */
export const StaffQuery = z.object({ q: optionalText({ max: 200 }) })
