import type pg from 'pg'
import type { Transaction } from '../database/client.ts'
import { modelColumns } from '../database/model-rows.ts'
import { UNREAD_FIELDS } from '../database/rights.ts'
import { Prisma, type Staff } from '../generated/prisma/client.ts'

/** A staff member as the application reads one. */
export type StaffAsRead = Omit<Staff, keyof (typeof UNREAD_FIELDS)['staff']>

const RESELLER_OF_STAFF = 'select reseller_id as "resellerId" from staff_addresses where email = $1'

/** The reseller whose staff have this address; '' where nobody has it. A login begins with it: by Prisma it would take twice as long. */
export async function resellerOfStaff({ pool }: { pool: pg.Pool }, email: string): Promise<string> {
  const { rows } = await pool.query<{ resellerId: string }>({
    name: 'reseller-of-staff',
    text: RESELLER_OF_STAFF,
    values: [email],
  })
  return rows[0]?.resellerId ?? ''
}

/**
 * The staff member who has this address, in whichever reseller; or null. Asks for the reseller first, and then this reseller alone; an address
 * that nobody has costs the same two statements.
 */
export async function maybeStaffAt(
  { prisma }: { prisma: Pick<Transaction, '$queryRawUnsafe'> },
  email: string,
): Promise<StaffAsRead | null> {
  const [known] = await prisma.$queryRawUnsafe<{ resellerId: string }[]>(RESELLER_OF_STAFF, email)
  const [found] = await prisma.$queryRawUnsafe<StaffAsRead[]>(
    `select ${STAFF_COLUMNS} from staff s where s.reseller_id = $1 and s.email = $2`,
    known?.resellerId ?? '',
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
