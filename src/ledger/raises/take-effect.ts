import { transaction } from '../../database/client.ts'
import { databaseTime } from '../../database/clock.ts'
import { record, systemAuthor } from '../../events/record.ts'
import { eachDue } from '../../jobs/batches.ts'
import type { Services } from '../../services.ts'
import { lockOwners } from '../../staff/staff.ts'
import { setRaised } from './decide.ts'
import { limitsRaiseLapsed, limitsRaiseTookEffect } from './events.ts'
import { mailDecision } from './notify.ts'
import { isStillSo, lockRoles, nameOfAsker, readOpenRaises } from './raise.ts'

/**
 * Raises the limits that no other Owner could approve, a day after an Owner has asked for it, unless it was withdrawn. Where that Owner is
 * none any more, or cannot log in, or where the limits have changed meanwhile, it lapses. One transaction each, and the condition sits in
 * the write: each happens once, however many processes do this.
 */
export async function makeRaises(
  services: Pick<Services, 'database' | 'queue' | 'log'>,
  signal?: AbortSignal,
): Promise<void> {
  const dueAfter = `select reseller_id, id, takes_effect_at as at from limit_raises
    where state = 'waiting' and takes_effect_at <= now() and (takes_effect_at, id) > ($1, $2::uuid)
    order by takes_effect_at, id limit $3`
  const what = 'raising limits after a day'
  await eachDue(services, { dueAfter, what, signal }, ({ reseller_id: resellerId, id }) =>
    transaction(services, async (db) => {
      const owners = await lockOwners(db, resellerId)
      await lockRoles(db, resellerId)
      const raise = (await readOpenRaises(db, resellerId)).find(({ row }) => row.id === id)
      if (!raise) return
      const { row, raised } = raise
      const isMade = owners.includes(row.askerId) && (await isStillSo(db, resellerId, raised))
      const state = isMade ? 'effective' : 'lapsed'
      const decidedAt = await databaseTime(db)
      const { count } = await db.limitRaise.updateMany({
        where: { resellerId, id, state: 'waiting', takesEffectAt: { lte: decidedAt } },
        data: { state, decidedAt },
      })
      if (count === 0) return
      const author = systemAuthor(resellerId, 'limits')
      if (isMade) await setRaised(db, author, resellerId, raised)
      const about = { raise: id, askedBy: await nameOfAsker(db, row), ...raised }
      await record(db, author, isMade ? limitsRaiseTookEffect : limitsRaiseLapsed, about)
      await mailDecision(db, services.queue, { ...row, raised }, { outcome: state, by: '', comment: '' })
    }),
  )
}
