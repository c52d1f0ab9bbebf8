import { ask } from '../database/ask.ts'
import { type Database, type Transaction } from '../database/client.ts'
import { type Bind, valuesOf } from '../database/cursor.ts'
import { connected } from '../database/connection.ts'
import type { Factor, FactorKind } from '../generated/prisma/client.ts'
import type { Keys } from '../keys.ts'
import type { Services } from '../services.ts'
import type { Actor } from './actor.ts'
import { passkeyPlace } from './passkey-place.ts'
import { type Owner, ownedBy, ownedSql, ownerOfRow, whereOwned } from './owner.ts'
import { FEW_RECOVERY_CODES, maybeIdOfCode, maybeRecoveryCode, useCodeSql } from './recovery-codes.ts'
import { isTotpCode, maybeStepOf } from './totp.ts'

/** A person has so many at most. */
export const FACTORS_MAX = 10

/** What tells whether a factor still lets somebody in. */
interface Made {
  kind: FactorKind
  /** Of an authenticator app: what names the key of its secret. */
  sealedBy?: string | null
  /** Of a passkey: its host. */
  rpId?: string | null
}

/** Which factors let nobody in any more: the secret was encrypted under a key that is lost, or the passkey is of another host. */
function voidFor({ keys, config }: Pick<Services, 'keys' | 'config'>): (factor: Made) => boolean {
  const known = keys.namesOf('factor-secret')
  const here = passkeyPlace(config)?.rpId
  return ({ kind, sealedBy, rpId }) => (kind === 'totp' ? !known.includes(sealedBy ?? '') : rpId !== here)
}

/** A factor as pages show it. */
export interface ShownFactor extends Pick<Factor, 'id' | 'kind' | 'name' | 'createdAt' | 'lastUsedAt'> {
  /** It lets nobody in any more, see voidFor(). */
  isVoid: boolean
}

/** What a person has for a login beside the password. */
export interface Factors {
  /** The oldest first. */
  factors: readonly ShownFactor[]
  /** Recovery codes that were not used. */
  codesLeft: number
  /** Whether it is time for new codes. */
  areFew: boolean
  /** Names the codes that there are, used or not: see batchOfCodes(). */
  batch: string
}

/** The factors and recovery codes of a person. */
export async function listFactors(
  actor: Pick<Actor, 'database' | 'reseller'>,
  services: Pick<Services, 'keys' | 'config'>,
  owner: Pick<Owner, 'kind' | 'id'>,
): Promise<Factors> {
  const [factors, codes] = await Promise.all([
    ask<Omit<ShownFactor, 'isVoid'> & { sealedBy: string | null; rpId: string | null }>(
      actor,
      (bind) => `
        select f.id, f.kind, f.name, f.created_at as "createdAt", f.last_used_at as "lastUsedAt", s.sealed_by as "sealedBy",
          p.rp_id as "rpId"
        from factors f left join factor_secrets s on s.reseller_id = $1 and s.factor_id = f.id
          left join passkeys p on p.reseller_id = $1 and p.factor_id = f.id
        where f.reseller_id = $1 and ${ownedSql(bind, 'f', owner)}
        order by f.created_at, f.id`,
      { createdAt: true, lastUsedAt: true },
    ),
    ask<{ left: number; batch: string | null }>(
      actor,
      (bind) => `
        select count(*) filter (where c.used_at is null)::int as left, min(c.id::text) as batch from recovery_codes c
        where c.reseller_id = $1 and ${ownedSql(bind, 'c', owner)}`,
      {},
    ),
  ])
  const isVoid = voidFor(services)
  const codesLeft = codes[0]?.left ?? 0
  return {
    factors: factors.map(({ sealedBy, rpId, ...factor }) => ({
      ...factor,
      isVoid: isVoid({ kind: factor.kind, sealedBy, rpId }),
    })),
    codesLeft,
    areFew: factors.length > 0 && codesLeft <= FEW_RECOVERY_CODES,
    batch: codes[0]?.batch ?? '',
  }
}

/** Whether a person has a factor that still lets them in, as the caller's transaction sees it. */
export async function hasUsableFactor(
  db: Transaction,
  services: Pick<Services, 'keys' | 'config'>,
  owner: Owner,
): Promise<boolean> {
  const factors = await db.factor.findMany({
    where: whereOwned(owner),
    select: { kind: true, secret: { select: { sealedBy: true } }, passkey: { select: { rpId: true } } },
  })
  const isVoid = voidFor(services)
  return factors.some(({ kind, secret, passkey }) => !isVoid({ kind, ...secret, ...passkey }))
}

/** SQL for whether a person has a factor. $1 is the reseller; `id`: SQL for the id. */
export const hasFactorSql = (kind: Owner['kind'], id: string) =>
  `exists (select from factors f where f.reseller_id = $1 and f.${kind}_id = ${id})`

/** How many factors a person has. */
export async function countFactors(
  actor: Pick<Actor, 'database' | 'reseller'>,
  owner: Pick<Owner, 'kind' | 'id'>,
): Promise<number> {
  const sql = (bind: Bind) =>
    `select count(*)::int as count from factors f where f.reseller_id = $1 and ${ownedSql(bind, 'f', owner)}`
  const [counted] = await ask<{ count: number }>(actor, sql, {})
  return counted?.count ?? 0
}

/** Whether anybody of the staff in the installation has a factor, or had one. There is no way back from yes, so it is asked until then. */
export async function isFactorInUse(database: Database): Promise<boolean> {
  if (IN_USE.has(database)) return true
  const { rows } = await database.pool.query<{ inUse: boolean }>({
    name: 'factors-in-use',
    text: 'select factors_in_use as "inUse" from installation',
  })
  const inUse = rows[0]?.inUse ?? false
  if (inUse) IN_USE.add(database)
  return inUse
}

const IN_USE = new WeakSet<Database>()

/** The same of the customers of a reseller; of any reseller, for null. */
export async function isCustomerFactorInUse(database: Database, resellerId: string | null): Promise<boolean> {
  const known = CUSTOMERS_IN_USE.get(database) ?? new Set()
  CUSTOMERS_IN_USE.set(database, known)
  if (known.has(resellerId)) return true
  const { rows } = await database.pool.query<{ inUse: boolean }>({
    name: 'customer-factors-in-use',
    text: 'select exists (select from resellers where customer_factors_in_use and ($1::text is null or id = $1)) as "inUse"',
    values: [resellerId],
  })
  const inUse = rows[0]?.inUse ?? false
  if (inUse) known.add(resellerId)
  return inUse
}

const CUSTOMERS_IN_USE = new WeakMap<Database, Set<string | null>>()

/**
 * Holds a person's row until the transaction ends, as a login does: factors are then added, removed or used by one at a time. False
 * for somebody who is OFF.
 */
export async function holdOwner(db: Transaction, owner: Owner): Promise<boolean> {
  const { values, bind } = valuesOf(owner.resellerId)
  return (await db.$queryRawUnsafe<unknown[]>(heldSql(bind, owner), ...values)).length === 1
}

/** SQL for that, where `and` holds too. Gives the id, or no row. $1 is the reseller. */
export const heldSql = (bind: Bind, { kind, id }: Pick<Owner, 'kind' | 'id'>, and = 'true') => `
  select id from ${kind === 'staff' ? 'staff' : 'customers'}
  where reseller_id = $1 and id = ${bind(id)}${kind === 'staff' ? '::uuid' : ''} and state = 'ON' and ${and} for no key update`

interface NewTotp {
  id: string
  name: string
  secret: string
  /** That of the code by which it was proved that an app has it. */
  step: number
}

/** Adds an authenticator app, in the caller's transaction. @throws a unique violation where it was added before */
export async function addTotp(
  db: Transaction,
  keys: Keys,
  owner: Owner,
  { id, name, secret, step }: NewTotp,
) {
  const { resellerId } = owner
  await addFactor(db, owner, { id, kind: 'totp', name, lastStep: BigInt(step) })
  await db.factorSecret.createMany({
    data: {
      ...{ resellerId, factorId: id },
      sealed: keys.seal('factor-secret', secret, aboutSecret(owner, id)),
      sealedBy: keys.namesOf('factor-secret')[0] as string,
    },
  })
}

type NewFactor = Pick<Factor, 'id' | 'kind' | 'name' | 'lastStep'>

/**
 * Adds a factor's row, before that of its kind, and notes that somebody has one: see isFactorInUse(). @throws a unique violation where it
 * was added before
 */
export async function addFactor(db: Transaction, owner: Owner, factor: NewFactor) {
  const { kind, resellerId } = owner
  await db.factor.createMany({ data: { resellerId, ...ownedBy(owner), ...factor } })
  if (kind === 'staff') {
    await db.installation.updateMany({ where: { factorsInUse: false }, data: { factorsInUse: true } })
  } else {
    await db.reseller.updateMany({
      where: { id: resellerId, customerFactorsInUse: false },
      data: { customerFactorsInUse: true },
    })
  }
}

/** What a secret is sealed beside: one that was copied to another factor's row opens nothing there. */
const aboutSecret = ({ resellerId, id: ownerId }: Owner, id: string) => `${resellerId}|${ownerId}|${id}`

/** Takes away these factors of a person, or all, with what is secret, and with the last one the recovery codes. Returns their names. */
export async function removeFactors(db: Transaction, owner: Owner, id?: string): Promise<string[]> {
  const { resellerId } = owner
  const whose = whereOwned(owner)
  const gone = await db.factor.findMany({
    where: { ...whose, ...(id !== undefined && { id }) },
    select: { id: true, name: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  const ids = gone.map((factor) => factor.id)
  await db.factorSecret.deleteMany({ where: { resellerId, factorId: { in: ids } } })
  await db.passkey.deleteMany({ where: { resellerId, factorId: { in: ids } } })
  await db.factor.deleteMany({ where: { resellerId, id: { in: ids } } })
  if ((await db.factor.count({ where: whose })) === 0) await db.recoveryCode.deleteMany({ where: whose })
  return gone.map(({ name }) => name)
}

/** An authenticator app by which somebody has just logged in, beside this password. */
export interface ProvedApp {
  owner: Owner
  factorId: string
  passwordMark: string | null
}

/** By what somebody proved a second time who they are, as the event of the login keeps it; or, by a passkey alone, for the first time. */
export type FactorUsed = 'totp' | 'recovery_code' | 'trusted_browser' | 'passkey' | 'passkey_alone'

/** What proves a second time who it is, as long as it still holds when the session is opened. */
export interface UsableFactor {
  used: FactorUsed
  /** Of an authenticator app. */
  factorId?: string
  /** Of a passkey: as the person calls it. */
  name?: string
  /** SQL that uses it up, or asks whether it is still there, for each row of `from`, so once or not at all. Gives a row, or none. $1 is the reseller. */
  useSql(bind: Bind, from: string): string
}

/** A code of nobody: where there is no such account, the same is asked. */
const NOBODY = {
  staff: { resellerId: '', kind: 'staff', id: '00000000-0000-0000-0000-000000000000' },
  customer: { resellerId: '', kind: 'customer', id: '' },
} as const satisfies Record<Owner['kind'], Owner>

/**
 * Finds out whether what was typed is the present code of one of the person's authenticator apps, or one of the recovery codes, and was not
 * used before; null where it is neither. Nothing is used up by that: see UsableFactor. Costs the same for nobody, of whom only the kind is given.
 */
export async function maybeUsableCode(
  { database: { pool }, keys }: { database: Database; keys: Keys },
  person: Owner | Owner['kind'],
  typed: string,
): Promise<UsableFactor | null> {
  const owner = typeof person === 'string' ? NOBODY[person] : person
  const { resellerId, kind } = owner
  const recovery = maybeRecoveryCode(typed)
  if (recovery !== null) {
    const id = await maybeIdOfCode({ pool }, owner, recovery)
    if (id === null) return null
    return { used: 'recovery_code', useSql: (bind, from) => useCodeSql(bind, owner, id, from) }
  }
  const code = typed.replaceAll(/\s/g, '')
  if (!isTotpCode(code)) return null
  const { rows } = await pool.query<{ factor_id: string; sealed: string; last_step: string }>({
    name: `factor-secrets-of-${kind}`,
    text: `select * from factor_secrets_of${kind === 'staff' ? '' : '_customer'}($1, $2)`,
    values: [resellerId, owner.id],
  })
  for (const { factor_id: id, sealed, last_step: lastStep } of rows) {
    const secret = keys.open('factor-secret', sealed, aboutSecret(owner, id))
    const step = secret === null ? null : maybeStepOf(secret, code)
    if (step === null || step <= Number(lastStep)) continue
    return {
      used: 'totp',
      factorId: id,
      useSql: (bind, from) => useStepSql(bind, owner, { id, step }, from),
    }
  }
  return null
}

/** The step only rises: a code that was used, or one from before it, finds no row any more, in whichever process. */
const useStepSql = (bind: Bind, owner: Owner, { id, step }: { id: string; step: number }, from: string) => `
  update factors f set last_step = ${bind(step)}::bigint, last_used_at = now()::timestamptz(3)
  from ${from}
  where f.reseller_id = $1 and f.id = ${bind(id)}::uuid and ${ownedSql(bind, 'f', owner)} and f.last_step < ${bind(step)}::bigint
  returning f.id`

/**
 * Encrypts under the current key what is still encrypted under a former one, so that the former one can be forgotten. As the owner, who
 * alone can read it. What no key opens is left as it is.
 */
export async function resealFactorSecrets(ownerUrl: string, keys: Keys): Promise<void> {
  const [current, ...former] = keys.namesOf('factor-secret')
  if (former.length === 0) return
  await connected(ownerUrl, async (client) => {
    const { rows } = await client.query<
      Record<'resellerId' | 'id' | 'sealed', string> & Record<'staffId' | 'customerId', string | null>
    >(
      `select f.reseller_id as "resellerId", f.staff_id as "staffId", f.customer_id as "customerId", f.id, s.sealed
       from factors f join factor_secrets s on s.reseller_id = f.reseller_id and s.factor_id = f.id
       where s.sealed_by = any ($1)`,
      [former],
    )
    for (const { sealed, ...factor } of rows) {
      const about = aboutSecret(ownerOfRow(factor.resellerId, factor), factor.id)
      const secret = keys.open('factor-secret', sealed, about)
      if (secret === null) continue
      await client.query(
        `update factor_secrets set sealed = $3, sealed_by = $4 where reseller_id = $1 and factor_id = $2 and sealed = $5`,
        [factor.resellerId, factor.id, keys.seal('factor-secret', secret, about), current, sealed],
      )
    }
  })
}
