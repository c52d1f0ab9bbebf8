import type { State, TeamType } from '../../src/generated/prisma/client.ts'
import { TAG_COLOURS } from '../../src/tags/colours.ts'
import type { House } from './cast.ts'

/** One of many: every fact that the list shows or looks through. */
export interface CrowdMember {
  email: string
  teamName: string
  teamType: TeamType
  companyName: string | null
  externalReference: string
  state: State
  /** Minor units. */
  balance: number
  credits: number
  /** ISO 8601. */
  registeredAt: string
  tags: string[]
}

const PORTION = 1000

/**
 * Puts many customers in by one statement, with balances that no ledger knows of: for lists, never for money. Their IDs are the hex
 * digits of `from`, `from + 1` and so on.
 */
export async function makeCrowd(
  { system, reseller }: Pick<House, 'system' | 'reseller'>,
  members: readonly CrowdMember[],
  { from }: { from: number },
) {
  // In portions, as the triggers of the search box take their time with each row.
  for (let at = PORTION; at < members.length; at += PORTION) {
    await makeCrowd({ system, reseller }, members.slice(at, at + PORTION), { from: from + at })
  }
  const crowd = JSON.stringify(
    members
      .slice(0, PORTION)
      .map((member, at) => ({ ...member, id: (from + at).toString(16).toUpperCase().padStart(10, '0') })),
  )
  const client = await system.database.pool.connect()
  // The search is told by the customers' own trigger, when teams and tags are there, and not by each tag once more.
  await client.query(`set purser.search_follows = 'later'`)
  await client.query(
    `with crowd as materialized (${MEMBERS}),
     team as (
       insert into teams (reseller_id, id, name, type) select $1, "teamId", "teamName", "teamType" from crowd)
     insert into billing_profiles (reseller_id, id, kind, legal_name, company_name, address_line1, city, country, billing_email)
     select $1, "teamId", "teamType"::text::billing_kind, 'Known Person', "companyName", '1 Main Street', 'Berlin', 'DE', email
     from crowd where "teamType" <> 'default'`,
    [reseller.id, crowd],
  )
  await client.query(
    `insert into tags (reseller_id, id, name, key, colour)
     select distinct on (lower(tag)) $1, gen_random_uuid(), tag, lower(tag), $3
     from (${MEMBERS}) as member, unnest(tags) as tag on conflict (reseller_id, key) do nothing`,
    [reseller.id, crowd, TAG_COLOURS[5]],
  )
  await client.query(
    `with crowd as materialized (${MEMBERS}),
     worn as (
       insert into customer_tags (reseller_id, customer_id, tag_id, registered_at, state, type)
       select distinct $1, crowd.id, t.id, "registeredAt", crowd.state, "teamType"
       from crowd, unnest(crowd.tags) as tag join tags t on t.reseller_id = $1 and t.key = lower(tag))
     insert into customers (reseller_id, id, email, name, team_id, external_reference, state, state_reason, registered_at,
                            balance, balance_seq, balance_hash, credits, credits_seq, credits_hash)
     select $1, id, email, email, "teamId", "externalReference", state, 'Set up so', "registeredAt",
            balance, 1, sha256('test'), credits, 1, sha256('test') from crowd`,
    [reseller.id, crowd],
  )
  await client.query(`reset purser.search_follows`)
  client.release()
}

/** Those of the parameter $2, each with the ID of a team of its own. */
const MEMBERS = `
  select *, overlay(overlay(md5($1 || id) placing '4' from 13) placing '8' from 17)::uuid as "teamId" from jsonb_to_recordset($2::jsonb) as member (
    id text, email text, "teamName" text, "teamType" team_type, "companyName" text, "externalReference" text,
    state state, balance bigint, credits bigint, "registeredAt" timestamptz, tags text[])`

/** Numbers that look random and are the same each time (mulberry32). */
export function seededRandom(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A crowd with many ties: few balances, few registration times, and words that a pattern would misread. */
export function mixedCrowd(count: number, { seed = 1 } = {}): CrowdMember[] {
  const random = seededRandom(seed)
  const pick = <One>(of: readonly One[]) => of[Math.floor(random() * of.length)] as One
  return Array.from({ length: count }, (_, at) => {
    const teamType = pick(['default', 'individual', 'enterprise'] as const)
    return {
      email: `${pick(['ada', 'bo', 'cy', 'di'])}.${at}@${pick(['north', 'south'])}.example`,
      teamName: pick(['Blue', 'Green', '100% sure', 'under_score', 'back\\slash']),
      teamType,
      companyName: teamType === 'enterprise' ? pick(['Acme Ltd', 'Zoë & Söhne', '=SUM(A1)', 'ÄRZTE']) : null,
      externalReference: pick(['', '', `SF-${at}`]),
      state: pick(['ON', 'ON', 'OFF'] as const),
      balance: pick([0, 0, 5, 100_000, -250]),
      credits: pick([0, 0, 1000]),
      registeredAt: new Date(Date.UTC(2026, 4, 1 + Math.floor(random() * 3), 22, 30)).toISOString(),
      tags: ['VIP', 'net 30', 'beta', 'on hold'].filter(() => random() < 0.25),
    }
  })
}
