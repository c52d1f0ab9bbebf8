import { ledgerVerified } from '../events.ts'
import { record } from '../../events/record.ts'
import { type Database, transaction } from '../../database/client.ts'
import { currentTime, databaseTime } from '../../database/clock.ts'
import { type Guards, guardsInPlace } from '../../database/guards.ts'
import { newId } from '../../database/id.ts'
import type { LedgerCheck } from '../../generated/prisma/client.ts'
import type { Jobs } from '../../jobs/queue.ts'
import { type Actor, mustBeAllowed } from '../../people/actor.ts'
import { verifyLedger } from './verify.ts'

/** A run that has not ended after this long was interrupted for good, and another may begin. */
const RUN_MINUTES_MAX = 60

/** What the page of verification shows. */
export interface Checks {
  /** One that runs now. */
  running: LedgerCheck | null
  latest: LedgerCheck | null
  latestGood: LedgerCheck | null
  guards: Guards
}

/** How the reseller's ledger was found at the last runs, and what of the database's own guards is there. */
export async function findChecks(actor: Actor): Promise<Checks> {
  mustBeAllowed(actor, 'ledger.verify')
  const { prisma, pool } = actor.database
  const resellerId = actor.reseller.id
  const newest = { orderBy: { at: 'desc' } } as const
  const [running, latest, latestGood, guards] = await Promise.all([
    prisma.ledgerCheck.findFirst({ where: stillRunning(resellerId, currentTime()), ...newest }),
    prisma.ledgerCheck.findFirst({ where: { resellerId, finishedAt: { not: null } }, ...newest }),
    prisma.ledgerCheck.findFirst({
      where: { resellerId, finishedAt: { not: null }, broken: null },
      ...newest,
    }),
    guardsInPlace(pool),
  ])
  return { running, latest, latestGood, guards }
}

/**
 * Has the reseller's whole ledger verified, by a job: a large one takes longer than a page may. False where one runs already, and then
 * no second one begins.
 */
export async function askForCheck(actor: Actor): Promise<boolean> {
  mustBeAllowed(actor, 'ledger.verify')
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
}

/** The job: verifies and notes what came of it. Done twice, it notes it twice. */
export async function runCheck(
  { database }: { database: Database },
  { resellerId, checkId: id }: Jobs['verify-ledger'],
) {
  const { entries, fault } = await verifyLedger(database, { resellerId })
  await database.prisma.ledgerCheck.update({
    where: { resellerId_id: { resellerId, id } },
    data: {
      finishedAt: await databaseTime(database.prisma),
      entries,
      broken: fault && `${fault.where}: ${fault.what}`,
    },
  })
}

const stillRunning = (resellerId: string, now: Date) => ({
  resellerId,
  finishedAt: null,
  at: { gt: new Date(now.getTime() - RUN_MINUTES_MAX * 60_000) },
})
