import type { Bind } from '../database/cursor.ts'
import { newId } from '../database/id.ts'
import { transaction } from '../database/client.ts'
import { eachDue } from '../jobs/batches.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'
import { LOGIN_SITES } from './login-site.ts'
import { loginsMail, LOGINS_IN_A_MAIL_MAX } from './mails.ts'
import { tellOwner } from './notices.ts'
import { type Owner, ownerOfRow, whereOwned } from './owner.ts'

/**
 * SQL that notes a login in a browser that was never in the account, for the mail about it. $1 is the reseller. `from`: for each row of
 * this, so once or not at all. A row costs the login no statement of its own; the mail is made on a round.
 */
export const noticeSql = (
  bind: Bind,
  { kind, id }: Pick<Owner, 'kind' | 'id'>,
  { ip, userAgent }: RequestFacts,
  from: string,
): string => `
  insert into login_notices (reseller_id, id, ${kind === 'staff' ? 'staff_id' : 'customer_id'}, ip, user_agent)
  select $1::text, ${bind(newId())}::uuid, ${bind(id)}${kind === 'staff' ? '::uuid' : ''}, ${bind(ip)}::inet, ${bind(userAgent ?? '')}
  from ${from}`

/**
 * Mails people about logins in browsers that were never in their account. Whatever is noted for one person goes into one mail, so that
 * somebody who logs in again and again floods nobody. Notices go away with the mail that is queued, in one transaction: each login is
 * told of once, however many processes do this.
 */
export async function mailNewLogins(
  services: Pick<Services, 'database' | 'queue' | 'log'>,
  signal?: AbortSignal,
): Promise<void> {
  const dueAfter = `select reseller_id, id, at from login_notices
    where (at, id) > ($1, $2::uuid) order by at, id limit $3`
  await eachDue(
    services,
    { dueAfter, what: 'sending e-mails about new logins', signal },
    ({ reseller_id: resellerId, id }) =>
      transaction(services, async (db) => {
        const due = await db.loginNotice.findUnique({ where: { resellerId_id: { resellerId, id } } })
        if (!due) return
        const owner = ownerOfRow(resellerId, due)
        const found = await db.loginNotice.findMany({
          where: whereOwned(owner),
          orderBy: [{ at: 'asc' }, { id: 'asc' }],
        })
        const { count } = await db.loginNotice.deleteMany({
          where: { resellerId, id: { in: found.map((notice) => notice.id) } },
        })
        // Another process has mailed them.
        if (count === 0) return
        if (count < found.length) throw new Error('The notices are being mailed by another process.')
        const told = found.slice(0, LOGINS_IN_A_MAIL_MAX).map(({ at, ip, userAgent }) => ({
          at: at.toISOString(),
          ip,
          userAgent,
        }))
        await tellOwner(db, services.queue, owner, loginsMail, {
          logins: told,
          others: found.length - told.length,
          site: LOGIN_SITES[owner.kind].name,
        })
      }),
  )
}
