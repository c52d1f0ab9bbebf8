import { z } from 'zod'
import { billingFields, checkProfile, profileOf } from '../billing/forms.ts'
import { amountField, withAmounts } from '../ledger/money.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { tagsField } from '../tags/forms.ts'
import { teamName } from '../teams/forms.ts'
import { WHATEVER_ELSE, hiddenValue, text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { NewBasics, newBasicsOf } from './basics.ts'

/**
 * New Customer Account. The team is one that is there, by `teamId`, or a new one, by `teamName` or else by the customer's own name.
 * `idempotencyKey` makes the same form sent twice one customer; a script may leave it out.
 */
export function NewCustomerForm(reseller: ResellerFacts) {
  const form = z
    .object({
      idempotencyKey: hiddenValue(/^[A-Za-z0-9._:-]{8,100}$/).optional(),
      ...NewBasics.shape,
      teamId: text({ max: 100 }).default(''),
      teamName: teamName().default(''),
      tags: tagsField(),
      credits: amountField(reseller, { zero: true, blank: 0n }),
      ...billingFields,
    })
    .superRefine((form, context) => {
      if (form.teamId && form.teamName) {
        context.addIssue({
          code: 'custom',
          path: ['teamName'],
          message: phrase('Choose a team or enter a new team name, not both.'),
        })
      }
      checkProfile(form, context, { emailOptional: true })
    }, WHATEVER_ELSE)
    .transform(({ idempotencyKey, teamId, teamName, tags, credits, ...form }) => ({
      ...{ idempotencyKey, teamId, teamName, tags, credits },
      basics: newBasicsOf(form),
      profile: profileOf(form, { accountEmail: form.email }),
    }))
  return withAmounts(['credits'], form)
}
export type NewCustomer = z.output<ReturnType<typeof NewCustomerForm>>

/** What the page of New Customer Account is asked: the team to put the customer into, or words to find one by. */
export const NewCustomerQuery = z.object({
  teamId: text({ max: 100 }).default(''),
  q: text({ max: 200 }).default(''),
})
