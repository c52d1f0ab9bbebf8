import { randomBytes, randomInt } from 'node:crypto'
import type { Database, Transaction } from '../database/client.ts'
import type { Bind } from '../database/cursor.ts'
import { newId } from '../database/id.ts'
import { type Owner, ownedBy, ownedSql, whereOwned } from './owner.ts'
import { hashRaw } from './password-hash.ts'

/** So many are made at once. */
const RECOVERY_CODES = 10

/** From so few on, a person is told to make new ones. */
export const FEW_RECOVERY_CODES = 3

/** Crockford's base32: no letter that looks like a digit. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 12

/** A code of 60 bits, without its hyphens. */
const newCode = () => Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')

/** As people copy it: K7QX-3M9D-TW2P. */
const spelled = (code: string) => (code.match(/.{4}/g) ?? []).join('-')

/** What was typed as a code without its hyphens, and with the letters that were meant; null where it is none. */
export function maybeRecoveryCode(typed: string): string | null {
  const code = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return code.length === LENGTH && [...code].every((letter) => LETTERS.includes(letter)) ? code : null
}

/** Puts new codes in the place of all that there were, in the caller's transaction. */
export async function replaceRecoveryCodes(
  db: Transaction,
  owner: Owner,
  { salt, hashes }: MadeCodes,
): Promise<void> {
  const { resellerId } = owner
  await db.recoveryCode.deleteMany({ where: whereOwned(owner) })
  await db.recoveryCode.createMany({
    data: hashes.map((hash) => ({ resellerId, ...ownedBy(owner), id: newId(), salt, hash })),
  })
}

/** Names the codes that a person has, used or not, until others take their place: the first id. '' where there are none. */
export async function batchOfCodes(db: Pick<Transaction, 'recoveryCode'>, owner: Owner): Promise<string> {
  const first = await db.recoveryCode.findFirst({
    where: whereOwned(owner),
    orderBy: { id: 'asc' },
    select: { id: true },
  })
  return first?.id ?? ''
}

/** Codes that were made and are not stored yet. */
export interface MadeCodes {
  /** As the person is shown them, once: they are stored nowhere. */
  codes: string[]
  salt: string
  hashes: string[]
}

/** Makes ten codes, with their hashes. Takes as long as ten passwords, so it comes before the transaction. */
export async function makeRecoveryCodes(): Promise<MadeCodes> {
  const codes = Array.from({ length: RECOVERY_CODES }, newCode)
  const salt = randomBytes(16).toString('hex')
  const hashes = await Promise.all(codes.map((code) => hashOf(code, salt)))
  return { codes: codes.map(spelled), salt, hashes }
}

/** One salt for all codes of a person, so that a typed one is hashed once and then looked for. */
const hashOf = async (code: string, salt: string) =>
  (await hashRaw(code, Buffer.from(salt, 'hex'))).toString('hex')

/** Which of this person's codes that are left it is; null where it is none, after the same work. */
export async function maybeIdOfCode(
  { pool }: Pick<Database, 'pool'>,
  { resellerId, kind, id: ownerId }: Owner,
  code: string,
): Promise<string | null> {
  const { rows } = await pool.query<{ id: string; salt: string; hash: string; is_used: boolean }>({
    name: `recovery-codes-of-${kind}`,
    text: `select * from recovery_codes_of${kind === 'staff' ? '' : '_customer'}($1, $2)`,
    values: [resellerId, ownerId],
  })
  const hash = await hashOf(code, rows[0]?.salt ?? NOBODYS_SALT)
  return rows.find((row) => row.hash === hash && !row.is_used)?.id ?? null
}

const NOBODYS_SALT = randomBytes(16).toString('hex')

/** How many codes of a person are left. */
export const countCodesLeft = (db: Pick<Transaction, 'recoveryCode'>, owner: Owner): Promise<number> =>
  db.recoveryCode.count({ where: { ...whereOwned(owner), usedAt: null } })

/** SQL that uses a code up, for each row of `from`, so once or not at all. Gives its row, or none. $1 is the reseller. */
export const useCodeSql = (bind: Bind, owner: Owner, id: string, from: string) => `
  update recovery_codes c set used_at = now()::timestamptz(3)
  from ${from}
  where c.reseller_id = $1 and ${ownedSql(bind, 'c', owner)} and c.id = ${bind(id)}::uuid and c.used_at is null
  returning c.id`
