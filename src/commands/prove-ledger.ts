import type { Database } from '../database/client.ts'
import { guardsInPlace } from '../database/guards.ts'
import { SUMS_HOLD } from '../ledger/verification/sums.ts'
import { verifyLedger } from '../ledger/verification/verify.ts'
import { tell } from '../startup/words.ts'

/** Between two words of progress. */
const ENTRIES_BETWEEN = 250_000

/**
 * Proves the ledger of one reseller, or of all, and says what holds.
 * @throws a sentence that names the first thing that is broken, also where everything holds but one of the database's own guards is missing
 */
export async function proveLedger(
  database: Pick<Database, 'pool'>,
  { resellerId = null }: { resellerId?: string | null } = {},
): Promise<void> {
  const began = performance.now()
  let said = 0
  const { entries, accounts, fault } = await verifyLedger(database, {
    resellerId,
    onProgress: (read) => {
      if (read - said < ENTRIES_BETWEEN) return
      said = read
      tell(`${read} entries …`)
    },
  })
  const isGuarded = await tellGuards(database)
  if (fault) {
    throw new Error(`Broken: ${fault.where}: ${fault.what}. ${entries} entries were looked at up to there.`)
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  tell(`${entries} entries of ${accounts} accounts, in ${seconds} s. All of this holds:`)
  tell(
    '- Numbers without a gap, each entry beginning where the one before ended, floors, and the chain of hashes.',
  )
  for (const sentence of SUMS_HOLD) tell(`- ${sentence}`)
  if (!isGuarded)
    throw new Error('The ledger holds, but a guard is missing: what is right today is not kept so.')
}

/** Says what of the database's own guards is there; whether all of it is. */
async function tellGuards({ pool }: Pick<Database, 'pool'>): Promise<boolean> {
  const { triggers, grants, constraints } = await guardsInPlace(pool)
  tell(
    triggers
      ? 'Guard: triggers refuse every change of ledger and audit log, and of logins as customers what is more than use and end.'
      : 'Guard missing: not every trigger that refuses a change of ledger, audit log and logins as customers is there.',
  )
  tell(
    constraints
      ? 'Guard: the constraints on postings, entries, grants and logins as customers are in place.'
      : 'Guard missing: not every constraint on postings, entries, grants and logins as customers is in place, or one demands something else.',
  )
  tell(
    grants
      ? 'Guard: the application’s role owns nothing and may change no more than it must.'
      : 'Guard missing: the application’s role could change more than it must. Use DATABASE_OWNER_URL (see the README), and start Purser once.',
  )
  return triggers && constraints && grants
}
