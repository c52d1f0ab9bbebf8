import { z } from 'zod'
import { action } from '../../actions/action.ts'
import { transaction } from '../../database/client.ts'
import { databaseTime } from '../../database/clock.ts'
import { newId } from '../../database/id.ts'
import { event } from '../../events/event.ts'
import { record } from '../../events/record.ts'
import { t } from '../../words/words.ts'
import { stillRunning } from './check.ts'

const ledgerVerified = event<{ check: string }>('ledger.verified', t('Ledger verified'), () =>
  t('verified the whole ledger'),
)

/**
 * Has the reseller's whole ledger verified by a job, because a large one takes longer than a page may. Gives false where one runs
 * already, and starts no second one. Locks the reseller.
 */
export const StartVerification = action({
  may: ['ledger.verify'],
  leaves: [ledgerVerified],
  on: async () => null,
  input: z.object({}),
  run: ({ actor }) => {
    const resellerId = actor.reseller.id
    return transaction(actor, async (db) => {
      // Of two who ask at once, the second sees the first's.
      await db.$queryRaw`select from resellers where id = ${resellerId} for no key update`
      if ((await db.ledgerCheck.count({ where: stillRunning(resellerId, await databaseTime(db)) })) > 0)
        return false
      const id = newId()
      await db.ledgerCheck.create({ data: { resellerId, id, actorName: actor.name } })
      await actor.queue.add(db, 'verify-ledger', { resellerId, checkId: id })
      await record(db, actor, ledgerVerified, { check: id })
      return true
    })
  },
})
