import { ask } from '../database/ask.ts'
import type { Transaction } from '../database/client.ts'
import type { CustomerFactors } from '../generated/prisma/client.ts'
import type { Actor, RequiredFactor } from './actor.ts'
import { hasFactorSql } from './factors.ts'
import type { Owner } from './owner.ts'

/** Where a role begins to require a second factor, its people have so many days to set one up. */
export const FACTOR_DAYS_FIRST = 7

/** RequiredFactor, as JSON of SQL gives it. */
export type RequiredFactorRow = Omit<RequiredFactor, 'from'> & { from: string }

/** SQL for that, of the staff member `p` in the role `r` of the reseller `t`; null where none is required. $1 is the reseller. */
export const requiredFactorSql = (p: string, r: string, t: string) => `
  case when ${r}.requires_factor and ${t}.factors_required_at is not null then json_build_object('from', ${t}.factors_required_at,
    'isDue', ${t}.factors_required_at <= now(), 'isThere', ${hasFactorSql('staff', `${p}.id`)}) end`

/**
 * SQL for the RequiredFactor, as JSON, of the customer `p` of the reseller `t`; null where none is required. What the reseller requires
 * counts from the next login on: `began` is SQL for when the session did. $1 is the reseller.
 */
export const requiredOfCustomerSql = (p: string, t: string, began: string) => `
  case when ${t}.customer_factors = 'required' then json_build_object('from', ${t}.customer_factors_required_at,
    'isDue', ${began} >= ${t}.customer_factors_required_at, 'isThere', ${hasFactorSql('customer', `${p}.id`)}) end`

/** Whether customers of the reseller have a second factor, as the caller's transaction sees it. */
export async function readCustomerFactors(
  db: Pick<Transaction, 'reseller'>,
  resellerId: string,
): Promise<CustomerFactors> {
  const where = { id: resellerId }
  return (await db.reseller.findUniqueOrThrow({ where, select: { customerFactors: true } })).customerFactors
}

/** Whether a staff member has a second factor, and what requires one of them. */
interface StaffFactor {
  id: string
  hasFactor: boolean
  /** From when on they must have one; null where nothing requires it. */
  requiredFrom: Date | null
  /** Whether that is past. */
  isDue: boolean
}

/** That, of all the reseller's staff. One statement. */
export async function listStaffFactors(actor: Pick<Actor, 'database' | 'reseller'>): Promise<StaffFactor[]> {
  const rows = await ask<Pick<StaffFactor, 'id' | 'hasFactor'> & { required: RequiredFactorRow | null }>(
    actor,
    () => `
      select p.id, ${hasFactorSql('staff', 'p.id')} as "hasFactor", ${requiredFactorSql('p', 'r', 't')} as required
      from staff p join roles r on r.reseller_id = $1 and r.id = p.role_id join resellers t on t.id = $1
      where p.reseller_id = $1`,
    {},
  )
  return rows.map(({ required, ...has }) => ({
    ...has,
    requiredFrom: required && new Date(required.from),
    isDue: required?.isDue === true,
  }))
}

/** What requires a second factor of somebody; null and missing: nothing does. */
interface Required {
  requiredFactor?: Omit<RequiredFactor, 'from'> | null
}

/** Whether they must have a second factor by now. */
export const mustHaveFactor = ({ requiredFactor }: Required) => requiredFactor?.isDue === true

/** Whether they get no further than to the set-up of a second factor. */
export const lacksFactor = ({ requiredFactor }: Required) =>
  requiredFactor?.isDue === true && !requiredFactor.isThere

/**
 * Whether somebody must have a second factor, as the caller's transaction sees it: a staff member by now, or a customer with the next login.
 */
export async function isFactorDue(db: Transaction, { resellerId, kind, id }: Owner): Promise<boolean> {
  const [row] = await db.$queryRawUnsafe<{ requiredFactor: RequiredFactorRow | null }[]>(
    kind === 'staff'
      ? `select ${requiredFactorSql('p', 'r', 't')} as "requiredFactor"
         from staff p join roles r on r.reseller_id = $1 and r.id = p.role_id join resellers t on t.id = $1
         where p.reseller_id = $1 and p.id = $2::uuid`
      : `select ${requiredOfCustomerSql('p', 't', 'now()')} as "requiredFactor"
         from customers p join resellers t on t.id = $1 where p.reseller_id = $1 and p.id = $2`,
    resellerId,
    id,
  )
  return row !== undefined && mustHaveFactor(row)
}
