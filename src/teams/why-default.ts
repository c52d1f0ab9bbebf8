import type { Actor } from '../people/actor.ts'
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
  ownerCustomer: { id: string; email: string; name: string; emailVerifiedAt: Date | null } | null
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

/** The same of a team whose causes are not read yet: one statement, and none where it is not Default. */
export async function maybeWhyDefault(
  { database, reseller }: Actor,
  { id, type }: { id: string; type: string },
): Promise<WhyDefault | null> {
  if (type !== 'default') return null
  const team = await database.prisma.team.findUniqueOrThrow({
    where: { resellerId_id: { resellerId: reseller.id, id } },
    select: {
      type: true,
      ownerCustomer: { select: { id: true, email: true, name: true, emailVerifiedAt: true } },
      billingProfile: { select: { id: true } },
    },
  })
  return whyDefault(team)
}
