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
    throw new Error(
      `Broken: ${fault.where}: ${fault.what}. ${entries} entries were checked up to this point.`,
    )
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  tell(`${entries} entries of ${accounts} accounts, in ${seconds} s. Verified:`)
  tell(
    '- Entries are numbered without gaps, each starts where the previous one ended, no floor is broken, and the chain of hashes is intact.',
  )
  for (const sentence of SUMS_HOLD) tell(`- ${sentence}`)
  if (!isGuarded)
    throw new Error('The ledger is correct, but a guard is missing, so nothing keeps it correct.')
}

/** Says what of the database's own guards is there; whether all of it is. */
async function tellGuards({ pool }: Pick<Database, 'pool'>): Promise<boolean> {
  const { triggers, grants, constraints, alteredFunctions } = await guardsInPlace(pool)
  tell(
    triggers
      ? 'Guard: triggers refuse every change to the ledger and the audit log, and to login-as sessions any change but their use and end.'
      : 'Guard missing: not all triggers that protect the ledger, the audit log and login-as sessions are in place.',
  )
  tell(
    constraints
      ? 'Guard: the constraints on postings, entries, grants and login-as sessions are in place.'
      : 'Guard missing: not all constraints on postings, entries, grants and login-as sessions are in place, or one of them differs.',
  )
  tell(
    grants
      ? 'Guard: the application’s role owns nothing and has no more rights than it needs.'
      : 'Guard missing: the application’s role has more rights than it needs. Use DATABASE_OWNER_URL (see docs/operations.md), and start Purser once.',
  )
  const areWritten = alteredFunctions.length === 0
  tell(
    areWritten
      ? 'Guard: the functions of the database are those of this version.'
      : `Guard missing: functions of the database were changed: ${alteredFunctions.join(', ')}.`,
  )
  return triggers && constraints && grants && areWritten
}
