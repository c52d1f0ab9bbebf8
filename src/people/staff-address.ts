import type { Transaction } from '../database/client.ts'
import { modelColumns } from '../database/model-rows.ts'
import { Prisma, type Staff } from '../generated/prisma/client.ts'
import { hasFactorSql } from './factors.ts'

/**
 * The staff member who has this address, in whichever reseller, and whether they have a second factor; or null. Asks for the reseller first, and then this reseller alone; an
 * address that nobody has costs the same two statements.
 */
export async function maybeStaffAt(
  { prisma }: { prisma: Pick<Transaction, '$queryRawUnsafe'> },
  email: string,
): Promise<(Staff & { hasFactor: boolean }) | null> {
  const [known] = await prisma.$queryRawUnsafe<{ resellerId: string }[]>(
    'select reseller_id as "resellerId" from staff_addresses where email = $1',
    email,
  )
  const [found] = await prisma.$queryRawUnsafe<(Staff & { hasFactor: boolean })[]>(
    `select ${STAFF_COLUMNS}, ${hasFactorSql('s.id')} as "hasFactor" from staff s where s.reseller_id = $1 and s.email = $2`,
    known?.resellerId ?? '',
    email,
  )
  return found ?? null
}

const STAFF_COLUMNS = modelColumns(Prisma.StaffScalarFieldEnum, 's')

/**
 * Adds staff members with their addresses, in the caller's transaction. `email` in lower case.
 *
 * @throws a unique violation for an address that anybody in the installation has
 */
export async function createStaff(
  db: Transaction,
  members: readonly (Prisma.StaffCreateManyInput & { id: string })[],
): Promise<void> {
  const addresses = members.map(({ email, resellerId }) => ({ email, resellerId }))
  await db.staffAddress.createMany({ data: addresses })
  await db.staff.createMany({ data: [...members] })
}
