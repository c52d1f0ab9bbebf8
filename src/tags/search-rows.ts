import type { Transaction } from '../database/client.ts'
import type { Jobs } from '../jobs/queue.ts'
import type { Actor } from '../people/actor.ts'
import type { Services } from '../services.ts'
import { searchFolded } from '../words/text.ts'

/** So few at once that nobody who edits one of these customers waits for long. */
const ROWS_IN_A_BATCH = 100

/**
 * Has what customers are found by follow a tag's new name, or that it is gone, by a job: a tag may be on very many of them. Called in
 * the transaction of the change and before it writes; until the job is done, the former name finds.
 */
export async function followTagLater(
  db: Transaction,
  { queue, reseller }: Pick<Actor, 'queue' | 'reseller'>,
  { name }: { name: string },
): Promise<void> {
  await db.$queryRaw`select set_config('purser.search_follows', 'later', true)`
  await queue.add(db, 'follow-tag', { resellerId: reseller.id, name })
}

/**
 * The job: writes the search rows again that have the tag's former name, in batches, each a transaction of its own. What is right already
 * stays untouched, so that done twice it does no harm.
 */
export async function followTag(
  { database }: Pick<Services, 'database'>,
  { resellerId, name }: Jobs['follow-tag'],
  signal?: AbortSignal,
): Promise<void> {
  const words = `%\n ${searchFolded(name).replace(/[\\%_]/g, '\\$&')}%`
  let last = ''
  for (;;) {
    signal?.throwIfAborted()
    const { rows } = await database.pool.query<{ id: string }>(
      `select id from customer_search where reseller_id = $1 and id > $2 and words like $3 order by id limit ${ROWS_IN_A_BATCH}`,
      [resellerId, last, words],
    )
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0) await database.pool.query('select refresh_search($1, $2)', [resellerId, ids])
    last = ids.at(-1) ?? ''
    if (ids.length < ROWS_IN_A_BATCH) return
  }
}
