// Every statement that a request, a job, a round or an action sends in any test is read here: it must be one that a single shard can
// answer.
import pg from 'pg'
import { afterAll, expect } from 'vitest'
import { isAsked } from '../support/asked.ts'
import { shardFaults } from '../support/one-shard.ts'

/** What is of all resellers by its nature, and sent to every shard. */
const OF_ALL: readonly RegExp[] = [
  // The login page that all resellers share, by address, and the choice between accounts that it offers.
  /^select [^?]* from customers c join resellers r on r\.id = c\.reseller_id\s+where c\.email = \$1\s+order by r\.name$/,
  /^SELECT [^?]* FROM "public"."customers" LEFT JOIN "public"."resellers"/,
  // The same page's forgotten password: whose address it is, at whichever reseller.
  /^SELECT [^?]*"reset_by" FROM "public"."customers" WHERE \("public"."customers"."email" = \$1 OR /,
  // A session that began before its id had the reseller, until the last such has ended.
  /^SELECT [^?]*"reseller_id" FROM "public"."sessions" WHERE "public"."sessions"."id" = \$1/,
  // A round looks for what is due at whichever reseller: it reads a few rows by an index that begins with the time. What it then does is
  // one reseller's, statement by statement.
  /^select reseller_id, id, expires_at as at from waiting_postings\s+where state = 'waiting' and expires_at <= now\(\)/,
  /^select reseller_id, id, created_at as at from waiting_postings\s+where announced_at is null/,
  /^select reseller_id, id, decided_at as at from waiting_postings\s+where told_at is null/,
  /^select reseller_id, id, takes_effect_at as at from limit_raises\s+where state = 'waiting' and takes_effect_at <= now\(\)/,
  /^select reseller_id, posting_id as id, at from low_balance_alerts\s+where mailed_at is null/,
  /^select reseller_id, id, at from login_notices\s+where/,
  /^select reseller_id, id, began_at as at from refused_requests\s+where began_at <= now\(\)/,
  /^select distinct reseller_id, customer_id from credit_grants\s+where remaining > 0 and expires_at <= now\(\)/,
  /^select reseller_id as "resellerId", id from login_as where ended_at is null/,
  /^select distinct reseller_id as "resellerId" from sessions where expires_at <= now\(\)/,
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
