import type { Actor } from '../people/actor.ts'
import { mustHaveProven } from '../people/proof.ts'
import { formatsFor } from '../words/format.ts'
import { type Limits, type SpokenLimit, spokenLimits } from './role-limits.ts'

interface OwnLimits {
  entry_max: string | null
  day_max: string | null
  approval_above: string | null
  spent: string
}

/** What this person may move now, in words for the forms that move money; nothing where there is no limit. One statement. */
export async function ownLimits(actor: Actor): Promise<SpokenLimit[]> {
  if (actor.kind !== 'staff') return []
  const { rows } = await actor.database.pool.query<OwnLimits>({
    name: 'own-limits',
    text: `select r.entry_max, r.day_max, r.approval_above, case when r.day_max is null then 0 else (
             select coalesce(sum(abs(n.amount)), 0) from postings o
             join entries n on n.reseller_id = $1 and n.posting_id = o.id
             where o.reseller_id = $1 and o.limit_staff_id = s.id and o.posted_at > now() - interval '24 hours') end as spent
           from staff s join roles r on r.reseller_id = $1 and r.id = s.role_id
           where s.reseller_id = $1 and s.id = $2`,
    values: [actor.reseller.id, actor.id],
  })
  const [row] = rows
  if (!row) return []
  const limits: Limits = {
    entryMax: sum(row.entry_max),
    dayMax: sum(row.day_max),
    approvalAbove: sum(row.approval_above),
  }
  const left = limits.dayMax === null ? null : limits.dayMax - BigInt(row.spent)
  const dayLeft = left !== null && left < 0n ? 0n : left
  return spokenLimits({ ...limits, dayLeft }, formatsFor(actor.reseller))
}

/**
 * Asks for a proof where money of this size is above the approval threshold of the actor's own role. A statement, if the last proof is too
 * old only. Minor units.
 *
 * @throws 403, see mustHaveProven()
 */
export async function mustHaveProvenAbove(actor: Actor, size: bigint) {
  if (!actor.lacksProof || actor.roleId === null) return
  const where = { resellerId_id: { resellerId: actor.reseller.id, id: actor.roleId } }
  const { approvalAbove } = await actor.database.prisma.role.findUniqueOrThrow({
    where,
    select: { approvalAbove: true },
  })
  if (approvalAbove !== null && size > approvalAbove) mustHaveProven(actor)
}

const sum = (minor: string | null) => (minor === null ? null : BigInt(minor))
