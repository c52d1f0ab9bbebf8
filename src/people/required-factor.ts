import type { Transaction } from '../database/client.ts'
import type { Actor } from './actor.ts'
import { type FactorsOf, hasFactorSql } from './factors.ts'

/** SQL for the RequiredFactor, as JSON, of the staff member `p` in the role `r` of the reseller `t`; null where none is required. $1 is the reseller. */
export const requiredFactorSql = (p: string, r: string, t: string) => `
  case when ${r}.requires_factor and ${t}.factors_required_at is not null then json_build_object('from', ${t}.factors_required_at,
    'isDue', ${t}.factors_required_at <= now(), 'isThere', ${hasFactorSql(`${p}.id`)}) end`

/** SQL for whether the staff member `p` gets no further than to the set-up of a second factor. $1 is the reseller. */
export const lacksFactorSql = (p: string, r: string, t: string) =>
  `coalesce(${r}.requires_factor and ${t}.factors_required_at <= now() and not ${hasFactorSql(`${p}.id`)}, false)`

/** Whether the actor gets no further than to the set-up of a second factor. */
export const lacksFactor = ({ requiredFactor }: Pick<Actor, 'requiredFactor'>) =>
  requiredFactor?.isDue === true && !requiredFactor.isThere

/** Whether a staff member gets no further now than to the set-up of a second factor, as the caller's transaction sees it. */
export async function isFactorLacking(db: Transaction, { resellerId, staffId }: FactorsOf): Promise<boolean> {
  const [row] = await db.$queryRawUnsafe<{ isLacking: boolean }[]>(
    `select ${lacksFactorSql('p', 'r', 't')} as "isLacking"
     from staff p join roles r on r.reseller_id = $1 and r.id = p.role_id join resellers t on t.id = $1
     where p.reseller_id = $1 and p.id = $2::uuid`,
    resellerId,
    staffId,
  )
  return row?.isLacking ?? false
}
