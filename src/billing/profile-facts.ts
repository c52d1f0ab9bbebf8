import type { BillingProfile } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { type Sentence, t } from '../words/words.ts'
import { countryName } from './countries.ts'

interface Fact {
  label: Sentence
  /** Of several lines where it is an address. */
  value: string
}

/** A team's billing profile as people read it, or null while there is none. */
export async function maybeProfileFacts(actor: Actor, team: { id: string }): Promise<Fact[] | null> {
  mustBeAllowed(actor, 'customers.see')
  const profile = await actor.database.prisma.billingProfile.findUnique({
    where: { resellerId_id: { resellerId: actor.reseller.id, id: team.id } },
  })
  return profile && profileFacts(profile, actor.reseller.locale)
}

/** A billing profile as people read it, in the layout of its kind: a company first with its name, a person with theirs. */
export function profileFacts(profile: BillingProfile, locale: string): Fact[] {
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
export function postalLines(profile: BillingProfile, locale: string): string[] {
  const names = new Set([profile.companyName ?? '', profile.legalName])
  const lines = [...names, ...addressOf(profile).split('\n'), countryName(profile.country, locale)]
  return lines.filter(Boolean)
}

function addressOf({ addressLine1, addressLine2, postalCode, city, region }: BillingProfile): string {
  const place = [postalCode, city].filter(Boolean).join(' ')
  return [addressLine1, addressLine2, place, region].filter(Boolean).join('\n')
}
