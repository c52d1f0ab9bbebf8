import type { Config } from '../config.ts'
import type { Database } from '../database/client.ts'

/** Whether the mails of the actor's reseller leave by SMTP; otherwise they are kept, and staff hand over what is in them. */
export async function mailLeaves(
  { database, reseller }: { database: Database; reseller: { id: string } },
  { smtpUrl }: Pick<Config, 'smtpUrl'>,
): Promise<boolean> {
  if (smtpUrl === null) return false
  const { sendsMail } = await database.prisma.reseller.findUniqueOrThrow({
    where: { id: reseller.id },
    select: { sendsMail: true },
  })
  return sendsMail
}
