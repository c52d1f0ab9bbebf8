import { ask } from '../database/ask.ts'
import type { Actor } from '../people/actor.ts'
import { type WhichTeam, teamIdSql } from '../people/customer.ts'
import { type Sentence, t } from '../words/words.ts'

/** The causes of a team's type, see teamTypeOf(), each of which may be missing. */
interface Causes {
  hasCustomers: boolean
  isVerified: boolean
  hasProfile: boolean
}

/** Why a team with these causes is Default. */
export function sayWhyDefault({ hasCustomers, isVerified, hasProfile }: Causes): Sentence {
  if (!hasCustomers) return t('Default because the team has no customers.')
  if (isVerified) return t('Default because the team has no billing profile.')
  return hasProfile
    ? t('Default because the e-mail address of the team’s first customer is not verified.')
    : t(
        'Default because the team has no billing profile, and the e-mail address of its first customer is not verified.',
      )
}

/** Why a team is Default, and what would change it. */
export interface WhyDefault {
  sentence: Sentence
  /** A billing profile is missing. */
  lacksProfile: boolean
  /** The customer whose address has to be verified first; null where none has to. */
  unverified: { id: string; email: string; name: string } | null
}

interface TeamWithCauses {
  type: string
  ownerCustomer: { id: string; email: string; name: string; emailVerifiedAt: Date | string | null } | null
  billingProfile: object | null
}

/** Why a team is Default; null where it is not. */
export function whyDefault({ type, ownerCustomer, billingProfile }: TeamWithCauses): WhyDefault | null {
  if (type !== 'default') return null
  const isVerified = Boolean(ownerCustomer?.emailVerifiedAt)
  const hasProfile = billingProfile !== null
  return {
    sentence: sayWhyDefault({ hasCustomers: ownerCustomer !== null, isVerified, hasProfile }),
    lacksProfile: !hasProfile,
    unverified: isVerified ? null : ownerCustomer,
  }
}

/** The same of a team whose causes are not read yet: one statement, and none where it is known not to be Default. */
export async function maybeWhyDefault(
  actor: Actor,
  team: WhichTeam & { type?: string },
): Promise<WhyDefault | null> {
  if (team.type !== undefined && team.type !== 'default') return null
  const [found] = await ask<TeamWithCauses>(
    actor,
    (bind) => `
      select t.type,
        (select json_build_object('id', c.id, 'email', c.email, 'name', c.name, 'emailVerifiedAt', c.email_verified_at)
         from customers c where c.reseller_id = $1 and c.id = t.owner_customer_id) as "ownerCustomer",
        (select json_build_object('id', b.id) from billing_profiles b where b.reseller_id = $1 and b.id = t.id) as "billingProfile"
      from teams t where t.reseller_id = $1 and t.type = 'default' and t.id = ${teamIdSql(bind, team)}`,
    {},
  )
  return found ? whyDefault(found) : null
}
