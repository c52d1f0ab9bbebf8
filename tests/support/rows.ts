import type { House } from './cast.ts'

/** What stands in the database about one customer, for a test to look at. */
export interface Known {
  id: string
  resellerId: string
}

/** The customer's row with team and billing profile. */
export function customerRow({ system }: House, { id, resellerId }: Known) {
  return system.database.prisma.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id } },
    include: { team: { include: { billingProfile: true } }, tags: { include: { tag: true } } },
  })
}

/** The customer's audit rows of one deed, oldest first. */
export function deedRows({ system, reseller }: House, { id }: { id: string }, deed: string) {
  return system.database.prisma.auditRow.findMany({
    where: { resellerId: reseller.id, customerId: id, deed },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
}

/** The customer's one-time links, oldest first. */
export function linkRows({ system }: House, { id, resellerId }: Known) {
  return system.database.prisma.oneTimeLink.findMany({
    where: { resellerId, customerId: id },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
}

/** The mails that concern the customer, oldest first. */
export function mailRows({ system }: House, { id, resellerId }: Known) {
  return system.database.prisma.mail.findMany({
    where: { resellerId, customerId: id },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
}
