// Every statement that a request or a job sends in any test is read here: it must be one that a single shard can answer.
import pg from 'pg'
import { afterAll, expect } from 'vitest'
import { isAsked } from '../support/asked.ts'
import { shardFaults } from '../support/one-shard.ts'

/** What is of all resellers by its nature, and sent to every shard. */
const OF_ALL: readonly RegExp[] = [
  // The login page that all resellers share, by address, and the choice between accounts that it offers.
  /^SELECT [^?]* FROM "public"."customers" LEFT JOIN "public"."resellers"/,
  // A session that began before its id had the reseller, until the last such has ended.
  /^SELECT [^?]*"reseller_id" FROM "public"."sessions" WHERE "public"."sessions"."id" = \$1/,
]

interface Watched {
  /** Texts that were looked at; kept for all files of a worker. */
  seen: Set<string>
  faults: string[]
}

const PATCHED = Symbol.for('purser-statements')
const prototype = pg.Client.prototype as { [PATCHED]?: Watched; query: (...args: unknown[]) => unknown }

function watch(): Watched {
  if (prototype[PATCHED]) return prototype[PATCHED]
  const watched: Watched = { seen: new Set(), faults: [] }
  const { query } = prototype
  prototype.query = function (...args) {
    const [first] = args as [string | { text?: string } | undefined]
    const text = typeof first === 'string' ? first : first?.text
    if (text !== undefined && isAsked() && !watched.seen.has(text)) {
      watched.seen.add(text)
      if (!OF_ALL.some((pattern) => pattern.test(text))) {
        const faults = shardFaults(text)
        if (faults.length > 0) watched.faults.push(`${faults.join('; ')}:\n${text}`)
      }
    }
    return query.apply(this, args)
  }
  prototype[PATCHED] = watched
  return watched
}

const watched = watch()
afterAll(() => {
  expect(watched.faults.splice(0), 'statements that one shard cannot answer').toEqual([])
})
