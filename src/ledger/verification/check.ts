import type { Database } from '../../database/client.ts'
import { currentTime, databaseTime } from '../../database/clock.ts'
import { type Guards, guardsInPlace } from '../../database/guards.ts'
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

/** The job: verifies the ledger and keeps the result. It may run twice. */
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

/** A check that runs, unless it was interrupted for good. */
export const stillRunning = (resellerId: string, now: Date) => ({
  resellerId,
  finishedAt: null,
  at: { gt: new Date(now.getTime() - RUN_MINUTES_MAX * 60_000) },
})
