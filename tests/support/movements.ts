import pg from 'pg'
import { makeCustomer } from './cast.ts'
import type { RunningPurser } from './purser.ts'

/**
 * A customer with so many refills of 1.00, a minute apart from 2026 on, by one statement; its hashes prove nothing: for documents, never
 * for money.
 */
export async function withRefills({ northwind, database }: RunningPurser, count: number) {
  const customer = await makeCustomer(northwind)
  // As the owner, whose statements may take their time.
  const owning = new pg.Client(database.ownerUrl)
  await owning.connect()
  await owning.query(
    `with posted as (
       insert into postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, note, text_salt, text_digest,
                             actor_kind, actor_name, posted_at, effective_at)
       select $1, gen_random_uuid(), $2::text, 'refill', $2::text || '-' || n, 'test', 'courtesy', md5(n::text) || ' ' || md5((-n)::text),
              substring(sha256('test') for 16), sha256('test'), 'system', 'test', at, at
       from (select n, timestamptz '2026-01-01' + n * interval '1 minute' as at from generate_series(1, $3::int) n) one
       returning id, posted_at)
     insert into entries (reseller_id, id, posting_id, customer_id, account, seq, amount, before, after, floor, posted_at, hash)
     select $1, gen_random_uuid(), id, $2::text, 'BALANCE', n, 100, (n - 1) * 100, n * 100, 0, posted_at, sha256('test')
     from (select *, row_number() over (order by posted_at) as n from posted) numbered`,
    [customer.resellerId, customer.id, count],
  )
  await owning.query(
    `update customers set balance = $3::int * 100, balance_seq = $3::int, balance_hash = sha256('test') where reseller_id = $1 and id = $2`,
    [customer.resellerId, customer.id, count],
  )
  await owning.end()
  return customer
}
