import type { Database } from '../../database/client.ts'
import { verifyChain } from './chain.ts'
import type { Fault, Scope } from './fault.ts'
import { sumsFault } from './sums.ts'

/** What came of looking at a ledger from beginning to end. */
export interface Verification {
  entries: number
  /** Accounts that have entries. */
  accounts: number
  /** The first thing that is broken; null where everything holds. */
  fault: Fault | null
}

/**
 * Proves a ledger, or finds the first thing in it that cannot be: for each account numbers without a gap, each entry beginning where the one
 * before ended, floors and the chain of hashes; then the sums and the logins as customers (see SUMS_HOLD). Changes nothing. Postings may go on meanwhile.
 */
export async function verifyLedger(
  database: Pick<Database, 'pool'>,
  { resellerId = null, onProgress = () => {} }: Scope & { onProgress?: (entries: number) => void },
): Promise<Verification> {
  const resellerIds = resellerId === null ? await allResellers(database) : [resellerId]
  const chain = await verifyChain(database, resellerIds, onProgress)
  return { ...chain, fault: chain.fault ?? (await sumsFault(database, resellerIds)) }
}

/** One after the other, so that each statement is one reseller's. */
async function allResellers({ pool }: Pick<Database, 'pool'>): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>('select id from resellers order by id')
  return rows.map(({ id }) => id)
}
