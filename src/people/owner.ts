import type { Bind } from '../database/cursor.ts'

/** Somebody who logs in, and to whom belongs what is for logging in: a staff member or a customer. */
export interface Owner {
  resellerId: string
  kind: 'staff' | 'customer'
  id: string
}

/** A column that names an owner, as Prisma writes it. */
export type OwnedBy = { staffId: string } | { customerId: string }

/** The column that names this owner. */
export const ownedBy = ({ kind, id }: Pick<Owner, 'kind' | 'id'>): OwnedBy =>
  kind === 'staff' ? { staffId: id } : { customerId: id }

/** The condition for what belongs to this owner. */
export const whereOwned = (owner: Owner) => ({ resellerId: owner.resellerId, ...ownedBy(owner) })

/** SQL for whether the row `row` belongs to this owner. The reseller is up to the caller. */
export const ownedSql = (bind: Bind, row: string, { kind, id }: Pick<Owner, 'kind' | 'id'>): string =>
  kind === 'staff' ? `${row}.staff_id = ${bind(id)}::uuid` : `${row}.customer_id = ${bind(id)}`

/** Whose something is, from a row with both columns. */
export const ownerOfRow = (
  resellerId: string,
  { staffId, customerId }: { staffId: string | null; customerId: string | null },
): Owner =>
  staffId === null
    ? { resellerId, kind: 'customer', id: customerId as string }
    : { resellerId, kind: 'staff', id: staffId }
