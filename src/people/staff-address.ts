import type { Transaction } from '../database/client.ts'
import { modelColumns } from '../database/model-rows.ts'
import { UNREAD_FIELDS } from '../database/rights.ts'
import { Prisma, type Staff } from '../generated/prisma/client.ts'

/** A staff member as the application reads one. */
export type StaffAsRead = Omit<Staff, keyof (typeof UNREAD_FIELDS)['staff']>

/** The reseller whose staff have this address; '' where nobody has it. */
export async function resellerOfStaff(
  { prisma }: { prisma: Pick<Transaction, '$queryRawUnsafe'> },
  email: string,
): Promise<string> {
  const [known] = await prisma.$queryRawUnsafe<{ resellerId: string }[]>(
    'select reseller_id as "resellerId" from staff_addresses where email = $1',
    email,
  )
  return known?.resellerId ?? ''
}

/**
 * The staff member who has this address, in whichever reseller; or null. Asks for the reseller first, and then this reseller alone; an address
 * that nobody has costs the same two statements.
 */
export async function maybeStaffAt(
  database: { prisma: Pick<Transaction, '$queryRawUnsafe'> },
  email: string,
): Promise<StaffAsRead | null> {
  const resellerId = await resellerOfStaff(database, email)
  const [found] = await database.prisma.$queryRawUnsafe<StaffAsRead[]>(
    `select ${STAFF_COLUMNS} from staff s where s.reseller_id = $1 and s.email = $2`,
    resellerId,
    email,
  )
  return found ?? null
}

const STAFF_COLUMNS = modelColumns(Prisma.StaffScalarFieldEnum, 's', { unread: UNREAD_FIELDS.staff })

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
