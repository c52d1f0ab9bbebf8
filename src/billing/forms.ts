import { z } from 'zod'
import type { BillingKind } from '../generated/prisma/client.ts'
import { email, optionalChoice, optionalText, text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { COUNTRIES, POSTAL_CODE_COUNTRIES } from './countries.ts'

/**
 * The billing fields, for any form: the profile's own, New Customer Account, registration. Each is read by itself; that they
 * make a profile together is for checkProfile() and profileOf().
 */
export const billingFields = {
  kind: optionalChoice(['individual', 'enterprise']),
  legalName: optionalText({ max: 200 }),
  companyName: optionalText({ max: 200 }),
  taxId: optionalText({ max: 60 }),
  addressLine1: optionalText({ max: 200 }),
  addressLine2: optionalText({ max: 200 }),
  city: optionalText({ max: 100 }),
  region: optionalText({ max: 100 }),
  postalCode: optionalText({ max: 20 }),
  country: text({ max: 2 })
    .transform((code) => code.toUpperCase())
    .refine((code) => code === '' || COUNTRIES.includes(code), {
      error: phrase('Choose a country from the list.'),
    })
    .default(''),
  billingEmail: z.preprocess(
    (value) => (typeof value === 'string' && value.trim() === '' ? undefined : value),
    email().optional(),
  ),
}
type BillingFields = z.output<z.ZodObject<typeof billingFields>>

/** To whom a team's bills are addressed, as people give it; the company name of an individual is ''. */
export type ProfileFacts = Record<Exclude<keyof BillingFields, 'kind'>, string> & { kind: BillingKind }

const NAMES = Object.keys(billingFields).filter((name) => name !== 'kind') as Exclude<
  keyof BillingFields,
  'kind'
>[]

/**
 * Whether the billing fields make a profile, or none: without a kind nothing else may be filled in, so that nothing typed is lost in
 * silence. `emailOptional`: where the account's own address is used for a missing billing e-mail.
 */
export function checkProfile(
  form: BillingFields,
  context: z.core.$RefinementCtx,
  { emailOptional = false } = {},
) {
  const needs = (field: keyof BillingFields, message = phrase('This field is required.')) =>
    context.addIssue({ code: 'custom', path: [field], message })
  if (!form.kind) {
    if (NAMES.some((name) => form[name])) {
      needs('kind', phrase('Choose individual or enterprise, or leave all billing fields empty.'))
    }
    return
  }
  for (const field of ['legalName', 'addressLine1', 'city'] as const) if (!form[field]) needs(field)
  if (form.kind === 'enterprise' && !form.companyName) needs('companyName')
  if (!form.country) needs('country', phrase('Choose a country.'))
  if (POSTAL_CODE_COUNTRIES.has(form.country) && !form.postalCode) {
    needs('postalCode', phrase('Enter a postal code. It is required in this country.'))
  }
  if (!form.billingEmail && !emailOptional) needs('billingEmail')
}

/** The profile that the checked fields make; null where no kind was chosen. A company name belongs to an enterprise only. */
export function profileOf(form: BillingFields, { accountEmail = '' } = {}): ProfileFacts | null {
  const { kind } = form
  if (!kind) return null
  const facts = Object.fromEntries(NAMES.map((name) => [name, form[name] ?? '']))
  return {
    ...(facts as Omit<ProfileFacts, 'kind'>),
    kind,
    companyName: kind === 'enterprise' ? form.companyName : '',
    billingEmail: form.billingEmail ?? accountEmail,
  }
}
