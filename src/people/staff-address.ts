import type { Database, Transaction } from '../database/client.ts'
import type { Prisma, Staff } from '../generated/prisma/client.ts'

/**
 * The staff member who has this address, in whichever reseller, or null. Asks for the reseller first, and then this reseller alone; an
 * address that nobody has costs the same two statements.
 */
export async function maybeStaffAt(
  { prisma }: Pick<Database, 'prisma'>,
  email: string,
): Promise<Staff | null> {
  const known = await prisma.staffAddress.findUnique({ where: { email } })
  return prisma.staff.findFirst({ where: { resellerId: known?.resellerId ?? '', email } })
}

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
