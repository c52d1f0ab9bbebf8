import { createStaff } from '../people/staff-address.ts'
import type { Database, Transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { randomCode } from '../database/id.ts'
import { newId } from '../database/id.ts'
import { record } from '../events/record.ts'
import { makeResellerLink } from '../invites/invite.ts'
import type { Actor, ResellerFacts } from '../people/actor.ts'
import { systemActor } from '../people/actor.ts'
import { FACTOR_DAYS_FIRST } from '../people/required-factor.ts'
import { roleRows } from '../people/roles.ts'
import { staffAdded } from '../staff/events.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { currencyScale } from './currencies.ts'
import { resellerCreated } from './events.ts'

/** Any number that all Pursers agree on. */
const RESELLERS_LOCK = 718274

/**
 * Holds the list of resellers until the caller's transaction is over: of a set-up, the host's command and the demo at once, each later one finds
 * what the others have made.
 */
export async function holdResellers(db: Transaction) {
  await db.$queryRaw`select from pg_advisory_xact_lock(${RESELLERS_LOCK})`
}

export interface NewReseller {
  name: string
  slug: string
  /** ISO 4217. */
  currency: string
  timeZone: string
  locale: string
  owner: {
    email: string
    name: string
    /** argon2id; null: the owner sets a password through a link. */
    passwordHash: string | null
  }
  /** Nobody is required to have a second factor, as in the demo. */
  noFactors?: boolean
}

/** From set-up on. */
const FACTORS_AFTER_MS = FACTOR_DAYS_FIRST * 24 * 60 * 60_000

/**
 * Makes a reseller with its roles, its Owner and its invite link, in the caller's transaction. A slug or address that is taken is
 * left to the unique constraints; takenInWords() says which it was.
 */
export async function createReseller(
  db: Transaction,
  services: Pick<Actor, 'database' | 'queue' | 'at'>,
  { owner, ...given }: NewReseller,
): Promise<{ reseller: ResellerFacts; ownerId: string }> {
  const { noFactors: isLeftOut = false, ...facts } = given
  // Passwords of the demo are published, and whoever tries it has no time for this.
  const noFactors = isLeftOut || (await db.installation.count({ where: { isDemo: true } })) > 0
  const id = randomCode(8)
  const reseller = { id, ...facts, currencyScale: currencyScale(facts.currency) }
  const createdAt = services.at ?? (await databaseTime(db))
  const factorsRequiredAt = noFactors ? null : new Date(createdAt.getTime() + FACTORS_AFTER_MS)
  // Not create(): it returns the row, and a shard takes no cast of an enum in RETURNING.
  await db.reseller.createMany({
    data: { ...reseller, supportEmail: owner.email, createdAt, factorsRequiredAt },
  })
  await db.role.createMany({
    data: roleRows().map(({ requiresFactor, ...role }) => ({
      resellerId: id,
      ...role,
      requiresFactor: requiresFactor && !noFactors,
    })),
  })
  const ownerId = newId()
  await createStaff(db, [{ id: ownerId, resellerId: id, ...owner, roleId: 'owner', createdAt }])
  await makeResellerLink(db, id, createdAt)
  const actor = systemActor(services, reseller, 'set-up')
  await record(db, actor, resellerCreated, {
    name: facts.name,
    slug: facts.slug,
    currency: facts.currency,
  })
  await record(db, actor, staffAdded, { email: owner.email, role: 'owner' })
  return { reseller, ownerId }
}

/** What a unique constraint refused, as a Refusal at its field; null for any other error. */
export async function takenInWords(
  { prisma }: Database,
  { slug, email }: { slug: string; email: string },
  error: unknown,
): Promise<Refusal | null> {
  if (!isUniqueViolation(error)) return null
  if (await prisma.reseller.findUnique({ where: { slug }, select: { id: true } })) {
    return new Refusal(422, t('This short name is taken. Choose another one.'), { field: 'slug' })
  }
  if (await prisma.staffAddress.findUnique({ where: { email } })) {
    return new Refusal(
      422,
      t('This address cannot be added because it is already used to log in to Purser.'),
      {
        field: 'email',
      },
    )
  }
  return null
}
