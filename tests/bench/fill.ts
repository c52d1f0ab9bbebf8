import pg from 'pg'
import { connected } from '../../src/database/connection.ts'
import { TAG_COLOURS } from '../../src/tags/colours.ts'
import { type BenchCustomer, TAGS, benchCustomer, idAt } from './customers.ts'
import { BenchLedger, type BenchStaff } from './postings.ts'

/** Where the customers go: the database as the owner of its tables, and the reseller, which has none yet. */
interface Filling {
  ownerUrl: string
  resellerId: string
  /** Who posts. */
  staff: readonly BenchStaff[]
  size: number
  /** Told, in a sentence, about each step. */
  onProgress: (sentence: string) => void
}

const FILLED = [
  ...[
    'teams',
    'billing_profiles',
    'customers',
    'customer_amounts',
    'moved_sums',
    'customer_search',
    'customer_list_rows',
    'tags',
    'customer_tags',
  ],
  ...['postings', 'receipts', 'entries', 'credit_grants', 'grant_movements', 'audit_rows'],
]

/**
 * Triggers that keep search rows and list rows one by one, or twice: these rows are written lot by lot, by the same functions, and customers
 * take half the time.
 */
const ROW_TRIGGERS = [
  ['customers', 'customers_search'],
  ['billing_profiles', 'billing_profiles_search'],
  ['billing_profiles', 'billing_profiles_listed'],
  ['customer_tags', 'customer_tags_added'],
] as const

/** As many connections as write at once, and the rows of one statement. */
const WRITERS = 2
const LOT = 2_000
/** The tables are counted after so many lots, or plans made for empty ones would be kept. */
const COUNTED_AFTER = [1, 10, 100]

/**
 * Fills a reseller with customers and their ledger, with the triggers on but for some of the search and list rows. Indexes that no constraint needs
 * and foreign keys are made afterwards, which checks them too and takes a fraction of the time. The rows come out the same each time, but
 * for the reseller's and the staff's ids.
 */
export async function fillReseller({ ownerUrl, resellerId, staff, size, onProgress }: Filling) {
  const ledger = new BenchLedger(size, { resellerId, staff })
  const taken = await connected(ownerUrl, async (owner) => {
    for (const table of FILLED) await owner.query(`alter table ${table} set (autovacuum_enabled = off)`)
    await addTags(owner, resellerId)
    await switchRowTriggers(owner, 'disable')
    return { keys: await takeForeignKeys(owner), indexes: await takeIndexes(owner) }
  })
  onProgress(`Adding ${ledger.count} postings.`)
  await writeLots(ownerUrl, lotsOf(ledger.postings()), (client, lot) =>
    client.query(ADD_POSTINGS, [resellerId, JSON.stringify(lot)]),
  )
  // The customers have the last hashes of their accounts.
  onProgress(`Adding ${size} customers.`)
  await writeLots(ownerUrl, lotsOf(customersOf(ledger)), async (client, lot) => {
    const customers = JSON.stringify(lot)
    await client.query(ADD_TEAMS, [resellerId, customers])
    await client.query(ADD_CUSTOMERS, [resellerId, customers, staff[0]?.id, staff[0]?.email])
    await client.query(ADD_SEARCH_ROWS, [resellerId, lot.map(({ id }) => id)])
  })
  onProgress('Making the indexes.')
  await write(ownerUrl, taken.indexes.values(), (client, index) => client.query(index))
  await connected(ownerUrl, (owner) => owner.query(KEEP_SUMS, [resellerId]), { answerMsMax: null })
  onProgress('Making the foreign keys.')
  await connected(ownerUrl, async (owner) => {
    for (const key of taken.keys) await owner.query(`${key.added} not valid`)
    await switchRowTriggers(owner, 'enable')
  })
  await write(ownerUrl, Map.groupBy(taken.keys, ({ table }) => table).values(), async (client, keys) => {
    for (const { validated } of keys) await client.query(validated)
  })
  onProgress('Counting the tables.')
  await write(ownerUrl, FILLED.values(), async (client, table) => {
    await client.query(`alter table ${table} reset (autovacuum_enabled)`)
    await client.query(`vacuum (analyze) ${table}`)
  })
}

async function addTags(owner: pg.ClientBase, resellerId: string) {
  await owner.query(
    `insert into tags (reseller_id, id, name, key, colour)
     select $1, id, name, name, colour from json_to_recordset($2) as tag (id uuid, name text, colour text)`,
    [
      resellerId,
      JSON.stringify(TAGS.map((name, at) => ({ id: tagId(name), name, colour: TAG_COLOURS[at % 10] }))),
    ],
  )
}

const tagId = (name: string) => idAt(Date.UTC(2020, 0, 1), 6, TAGS.indexOf(name))

async function switchRowTriggers(owner: pg.ClientBase, how: 'enable' | 'disable') {
  for (const [table, trigger] of ROW_TRIGGERS)
    await owner.query(`alter table ${table} ${how} trigger ${trigger}`)
}

/** Drops the indexes that no constraint needs; gives what makes them again, the one that takes longest first. */
async function takeIndexes(owner: pg.ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where schemaname = 'public' and tablename = any ($1)
       and not exists (select from pg_constraint where conname = indexname and connamespace = 'public'::regnamespace)
     order by indexdef like '%USING gin%' desc, tablename, indexname`,
    [FILLED],
  )
  for (const { name } of rows) await owner.query(`drop index ${pg.escapeIdentifier(name)}`)
  return rows.map(({ definition }) => definition)
}

/** Drops the foreign keys; gives the tables that had them, and what makes them again, and what checks them then. */
async function takeForeignKeys(owner: pg.ClientBase) {
  const { rows } = await owner.query<{ name: string; table: string; definition: string }>(
    `select conname as name, conrelid::regclass as table, pg_get_constraintdef(oid) as definition from pg_constraint
     where contype = 'f' and conrelid = any ($1::regclass[]) order by conrelid, conname`,
    [FILLED],
  )
  const alter = (table: string, change: string, name: string) =>
    `alter table ${table} ${change} constraint ${pg.escapeIdentifier(name)}`
  for (const { table, name } of rows) await owner.query(alter(table, 'drop', name))
  return rows.map(({ table, name, definition }) => ({
    table,
    added: `${alter(table, 'add', name)} ${definition}`,
    validated: alter(table, 'validate', name),
  }))
}

interface CustomerRow extends Omit<BenchCustomer, 'tags'> {
  tags: string[]
  audit: string
  balance: ReturnType<BenchLedger['endOf']>
  credits: ReturnType<BenchLedger['endOf']>
}

function* customersOf(ledger: BenchLedger): Generator<CustomerRow> {
  for (let number = 0; number < ledger.size; number++) {
    const customer = benchCustomer(number, ledger.size)
    yield {
      ...customer,
      tags: customer.tags.map(tagId),
      audit: idAt(customer.registeredMs, 7, number),
      balance: ledger.endOf(number, 'BALANCE'),
      credits: ledger.endOf(number, 'CREDITS'),
    }
  }
}

function* lotsOf<Row>(rows: Iterable<Row>): Generator<Row[]> {
  let lot: Row[] = []
  for (const row of rows) {
    lot.push(row)
    if (lot.length === LOT) {
      yield lot
      lot = []
    }
  }
  if (lot.length > 0) yield lot
}

type Write<One> = (client: pg.ClientBase, one: One) => Promise<unknown>

/** As write(), with the tables counted from time to time. */
async function writeLots<Lot>(ownerUrl: string, lots: Iterator<Lot>, one: Write<Lot>) {
  let written = 0
  await write(ownerUrl, lots, async (client, lot) => {
    await one(client, lot)
    written += 1
    if (COUNTED_AFTER.includes(written)) await client.query(`analyze ${FILLED.join(', ')}`)
  })
}

/** Writes one after the other from several connections at once; each statement is committed by itself. */
async function write<One>(ownerUrl: string, all: Iterator<One>, one: Write<One>) {
  const work = async (client: pg.ClientBase) => {
    await client.query(SETTINGS)
    for (let next = all.next(); !next.done; next = all.next()) await one(client, next.value)
  }
  await Promise.all(Array.from({ length: WRITERS }, () => connected(ownerUrl, work, { answerMsMax: null })))
}

/** Tags write no search rows either. */
const SETTINGS = `set purser.search_follows = 'later'; set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 0`

const CUSTOMERS = `
  with added as materialized (
    select * from json_to_recordset($2) as customer (
      id text, email text, name text, team json, "isOwner" boolean, "externalReference" text, state state, "registeredMs" bigint, tags uuid[],
      audit uuid, balance json, credits json)),
  customer as materialized (
    select added.*, to_timestamp("registeredMs" / 1000.0)::timestamptz(3) as registered_at, (team->>'id')::uuid as team_id,
           team->>'name' as team_name, (team->>'type')::team_type as team_type, team->>'companyName' as company
    from added)`

/** Nothing of the owner is in the profile: a search for the owner would find the other customers of the team too. */
const ADD_TEAMS = `
  ${CUSTOMERS},
  team as (
    insert into teams (reseller_id, id, name, type, owner_customer_id, created_at)
    select $1, team_id, team_name, team_type, id, registered_at from customer where "isOwner")
  insert into billing_profiles (reseller_id, id, kind, legal_name, company_name, address_line1, city, postal_code, country, billing_email)
  select $1, team_id, team_type::text::billing_kind, team_name, company, '1 Main Street', 'Berlin', '10115', 'DE', 'accounts@' || right(team_id::text, 7) || '.example'
  from customer where "isOwner" and team_type <> 'default'`

const ADD_CUSTOMERS = `
  ${CUSTOMERS},
  tagged as (
    insert into customer_tags (reseller_id, customer_id, tag_id, registered_at, state, type)
    select $1, id, unnest(tags), registered_at, state, team_type from customer),
  audited as (
    insert into audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, customer_id, details)
    select $1, audit, registered_at, 'customer.created', 'staff', $3, $4, id,
           jsonb_build_object('email', email, 'team', team_name, 'teamId', team_id) from customer)
  insert into customers (reseller_id, id, email, name, team_id, external_reference, state, state_reason, state_message, state_changed_at,
                         email_verified_at, registered_at, balance, balance_seq, balance_hash, credits, credits_seq, credits_hash)
  select $1, id, email, name, team_id, "externalReference", state, case state when 'OFF' then 'No longer a customer' end,
         case state when 'OFF' then '' end, case state when 'OFF' then registered_at + interval '30 days' end,
         case when team_type <> 'default' then registered_at + interval '1 hour' end, registered_at,
         (balance->>'after')::bigint, (balance->>'seq')::bigint, decode(balance->>'hash', 'hex'),
         (credits->>'after')::bigint, (credits->>'seq')::bigint, decode(credits->>'hash', 'hex')
  from customer`

/** What refresh_search() writes, for many customers at once. */
const ADD_SEARCH_ROWS = `
  insert into customer_search (reseller_id, id, words, email, registered_at, state, type)
  select c.reseller_id, c.id, search_words(c.reseller_id, c.id), c.email, c.registered_at, c.state, t.type
  from customers c join teams t on t.reseller_id = c.reseller_id and t.id = c.team_id
  where c.reseller_id = $1 and c.id = any ($2)`

/** What post_to_ledger() writes, for many postings at once. */
const ADD_POSTINGS = `
  with given as materialized (
    select * from json_to_recordset($2) as given (
      customer text, account account, seq bigint, amount bigint, before bigint, after bigint, floor bigint, hash text, posting uuid, entry uuid,
      audit uuid, "grant" uuid, kind posting_kind, key text, fingerprint text, reason posting_reason, channel channel, comment text, reference text,
      receipt text, salt text, digest text, receipt_digest text, actor_kind actor_kind, actor_id text, actor_name text, author_salt text,
      author_digest text, limit_staff uuid, posted_ms bigint, event text)),
  posted as materialized (
    select given.*, to_timestamp(posted_ms / 1000.0)::timestamptz(3) as at from given),
  posting as (
    insert into postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, comment, note, channel, reference, receipt_digest, text_salt,
                          text_digest, actor_kind, actor_id, actor_name, author_salt, author_digest, limit_staff_id, posted_at, effective_at)
    select $1, posting, customer, kind, key, fingerprint, reason, comment, '', channel, reference, decode(receipt_digest, 'hex'), decode(salt, 'hex'),
           decode(digest, 'hex'), actor_kind, actor_id, actor_name, decode(author_salt, 'hex'), decode(author_digest, 'hex'), limit_staff, at, at
    from posted),
  receipt as (
    insert into receipts (reseller_id, channel, folded, posting_id) select $1, channel, receipt, posting from posted where receipt is not null),
  granted as (
    insert into credit_grants (reseller_id, id, customer_id, posting_id, category, amount, remaining, created_at)
    select $1, "grant", customer, posting, 'promotional', amount, amount, at from posted where "grant" is not null),
  moved as (
    insert into grant_movements (reseller_id, posting_id, grant_id, amount, at)
    select $1, posting, "grant", amount, at from posted where "grant" is not null),
  entered as (
    insert into entries (reseller_id, id, posting_id, customer_id, account, seq, amount, before, after, floor, posted_at, hash)
    select $1, entry, posting, customer, account, seq, amount, before, after, floor, at, decode(hash, 'hex') from posted)
  insert into audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, customer_id, details)
  select $1, audit, at, event, actor_kind, actor_id, actor_name, customer,
         case account when 'BALANCE' then posting_details(posting, reason, null, null, null, amount, 0, before, 0)
                      else posting_details(posting, reason, null, null, null, 0, amount, 0, before) end
  from posted`

/** As postings would have, one after the other: see post_to_ledger(). */
const KEEP_SUMS = `
  select keep_moved_sums(reseller_id, id, null) from customers where reseller_id = $1 and balance_seq + credits_seq >= 1000`
