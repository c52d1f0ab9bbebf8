import { ask } from '../database/ask.ts'
import type { BillingProfile } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { type WhichTeam, teamIdSql } from '../people/customer.ts'
import { type Sentence, t } from '../words/words.ts'
import { countryName } from './countries.ts'

interface Fact {
  label: Sentence
  /** Of several lines where it is an address. */
  value: string
}

/** What of a billing profile people read. */
type Profile = Omit<BillingProfile, 'resellerId' | 'id' | 'version' | 'updatedAt'>

/** A team's billing profile, or null while there is none. */
export async function maybeProfile(actor: Actor, team: WhichTeam): Promise<Profile | null> {
  mustBeAllowed(actor, 'customers.see')
  const [profile] = await ask<Profile>(
    actor,
    (bind) => `
      select kind, legal_name as "legalName", company_name as "companyName", tax_id as "taxId", address_line1 as "addressLine1",
        address_line2 as "addressLine2", city, region, postal_code as "postalCode", country, billing_email as "billingEmail"
      from billing_profiles where reseller_id = $1 and id = ${teamIdSql(bind, team)}`,
    {},
  )
  return profile ?? null
}

/** The same as people read it. */
export async function maybeProfileFacts(actor: Actor, team: WhichTeam): Promise<Fact[] | null> {
  const profile = await maybeProfile(actor, team)
  return profile && profileFacts(profile, actor.reseller.locale)
}

/** A billing profile as people read it, in the layout of its kind: a company first with its name, a person with theirs. */
export function profileFacts(profile: Profile, locale: string): Fact[] {
  const { legalName, companyName, taxId, billingEmail } = profile
  const names =
    profile.kind === 'enterprise'
      ? [
          { label: t('Company name'), value: companyName ?? '' },
          { label: t('Legal name'), value: legalName },
        ]
      : [{ label: t('Name'), value: legalName }]
  return [
    ...names,
    { label: t('Tax ID'), value: taxId },
    { label: t('Address'), value: addressOf(profile) },
    { label: t('Country'), value: countryName(profile.country, locale) },
    { label: t('Billing e-mail'), value: billingEmail },
  ].filter(({ value }) => value !== '')
}

/** To whom a letter goes, line by line: the company, the person, the address and the country. */
export function postalLines(profile: Profile, locale: string): string[] {
  const names = new Set([profile.companyName ?? '', profile.legalName])
  const lines = [...names, ...addressOf(profile).split('\n'), countryName(profile.country, locale)]
  return lines.filter(Boolean)
}

function addressOf({ addressLine1, addressLine2, postalCode, city, region }: Profile): string {
  const place = [postalCode, city].filter(Boolean).join(' ')
  return [addressLine1, addressLine2, place, region].filter(Boolean).join('\n')
}
