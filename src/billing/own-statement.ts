import type { KeysetPage } from '../database/keyset.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'
import { type StatementQuery, latestEntries, listStatement } from './statement.ts'

/** A movement as its customer sees it: without the staff's comment, and without who of the staff posted it. */
export type OwnEntry = Omit<LedgerEntry, 'comment' | 'actorName'>

/** As listStatement(), for the customer whose console it is. */
export async function listOwnStatement(actor: Actor, query: StatementQuery): Promise<KeysetPage<OwnEntry>> {
  const { rows, ...places } = await listStatement(actor, { id: consoleCustomerId(actor) }, query)
  return { ...places, rows: rows.map(toOwn) }
}

/** The latest few movements of the customer whose console it is. */
export async function latestOwnEntries(actor: Actor, limit: number): Promise<OwnEntry[]> {
  return (await latestEntries(actor, { id: consoleCustomerId(actor) }, limit)).map(toOwn)
}

function toOwn({ comment: _comment, actorName: _actorName, ...entry }: LedgerEntry): OwnEntry {
  return entry
}
