import { z } from 'zod'
import { billingFields, checkProfile, profileOf } from '../billing/forms.ts'
import { customerName } from '../customers/basics.ts'
import { amountField, withAmounts } from '../ledger/money.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { newPassword } from '../people/password-policy.ts'
import { tagsField } from '../tags/forms.ts'
import { teamName } from '../teams/forms.ts'
import { WHATEVER_ELSE, choice, email, hiddenId, wholeNumber } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'

const KINDS = ['single', 'reusable'] as const

/** How long an invite is good where nothing else is said, in days. */
export const DAYS_USUAL = { single: 7, reusable: 30 } as const
const DAYS_MAX = 365
const USES_MAX = 100_000

/** '' and a missing field count as not filled in. */
const unlessEmpty = <Field extends z.ZodType>(field: Field) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() === '' ? undefined : value),
    field.optional(),
  )

/**
 * A new invite. `credits` in minor units, 0 where not given. `idempotencyKey` becomes the row's id, so that a form sent twice makes one
 * invite; a script may leave it out.
 */
export function InviteForm(reseller: ResellerFacts) {
  const form = z
    .object({
      idempotencyKey: hiddenId().optional(),
      kind: choice(KINDS),
      email: unlessEmpty(email()),
      tags: tagsField(),
      credits: amountField(reseller, { zero: true, blank: 0n }),
      maxUses: unlessEmpty(wholeNumber({ min: 1, max: USES_MAX })),
      expiresInDays: unlessEmpty(wholeNumber({ min: 1, max: DAYS_MAX })),
    })
    .superRefine(({ kind, email: address, maxUses }, context) => {
      const complain = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: [field], message })
      if (kind === 'reusable' && address) {
        complain(
          'email',
          phrase('Only a single invite can be for one address. Leave this empty, or choose a single invite.'),
        )
      }
      if (kind === 'single' && maxUses !== undefined && maxUses !== 1) {
        complain(
          'maxUses',
          phrase('A single invite can be used once. Leave this empty, or choose a reusable link.'),
        )
      }
    }, WHATEVER_ELSE)
    .transform(({ kind, maxUses, expiresInDays, ...rest }) => ({
      ...rest,
      kind,
      maxUses: kind === 'single' ? 1 : (maxUses ?? null),
      expiresInDays: expiresInDays ?? DAYS_USUAL[kind],
    }))
  return withAmounts(['credits'], form)
}

/**
 * Registration. For an invite that is bound to an address the field may be missing; that the address fits is for Register to say. Billing
 * fields make a profile at once, or none; a missing billing e-mail is the account's.
 */
export const JoinForm = z
  .object({
    email: unlessEmpty(email()),
    password: newPassword(),
    name: customerName(),
    teamName: teamName().default(''),
    ...billingFields,
  })
  .superRefine((form, context) => checkProfile(form, context, { emailOptional: true }), WHATEVER_ELSE)
  .transform(({ email: address, password, name, teamName, ...billing }) => ({
    email: address,
    password,
    name,
    teamName,
    profile: profileOf(billing, { accountEmail: address ?? '' }),
  }))
export type Registration = z.output<typeof JoinForm>
