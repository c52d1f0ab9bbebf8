import { createStaff } from '../../src/people/staff-address.ts'
import { v7 as uuidv7 } from 'uuid'
import { newCustomerId } from '../../src/people/customer-id.ts'
import { type Database, transaction } from '../../src/database/client.ts'
import type { State, TeamType } from '../../src/generated/prisma/client.ts'
import { hashPassword } from '../../src/people/password-hash.ts'
import { createReseller } from '../../src/resellers/create-reseller.ts'
import type { Services } from '../../src/services.ts'
import { type Actor, type ResellerFacts, systemActor } from '../../src/people/actor.ts'
import type { Permission } from '../../src/people/permissions.ts'
import { ROLE_IDS, type RoleId } from '../../src/people/roles.ts'
import { refill, setCredits } from './postings.ts'

/** Everybody's password in the tests. */
export const PASSWORD = 'correct horse battery staple'

export interface Member {
  id: string
  email: string
}

export interface House {
  reseller: ResellerFacts
  staff: Record<RoleId, Member>
  /** May do everything in this reseller; for setting the scene. */
  system: Actor
  /** The database as the role that owns its tables, for what the application's role may not change. */
  owner: Database
}

/** The known few: a reseller in dollars with one of each role, and one in yen whose people are the outsiders. */
export interface Cast {
  northwind: House
  eastgate: House
}

const hashes = new Map<string, Promise<string>>()

/** The hash of a password, made once: the people of a test may share it, and it takes as long as a login. */
export function passwordHashOf(password: string): Promise<string> {
  const hash = hashes.get(password) ?? hashPassword(password)
  hashes.set(password, hash)
  return hash
}

type HouseFacts = Pick<House, 'reseller' | 'staff'>

/** Who the cast are, and the hash of everybody's password: the same in every copy of a database. */
export type CastFacts = Record<keyof Cast, HouseFacts> & { passwordHash: string }

/** Puts both resellers and their staff into an empty database. */
export async function makeCast(services: Services, owner: Database): Promise<CastFacts> {
  const passwordHash = await passwordHashOf(PASSWORD)
  return {
    passwordHash,
    northwind: await makeHouse(
      { services, owner },
      passwordHash,
      'northwind',
      'Northwind Cloud',
      'USD',
      'Europe/Berlin',
      'en-GB',
    ),
    eastgate: await makeHouse(
      { services, owner },
      passwordHash,
      'eastgate',
      'Eastgate',
      'JPY',
      'Asia/Tokyo',
      'en-GB',
    ),
  }
}

/** The cast as tests have it, in a database in which they are. */
export function castIn(
  { northwind, eastgate, passwordHash }: CastFacts,
  services: Services,
  owner: Database,
): Cast {
  hashes.set(PASSWORD, Promise.resolve(passwordHash))
  const house = (facts: HouseFacts): House => ({
    // Whoever changes one does so for one file.
    ...structuredClone(facts),
    owner,
    system: systemActor(services, facts.reseller, 'test'),
  })
  return { northwind: house(northwind), eastgate: house(eastgate) }
}

async function makeHouse(
  { services, owner }: { services: Services; owner: Database },
  passwordHash: string,
  slug: string,
  name: string,
  currency: string,
  timeZone: string,
  locale: string,
): Promise<HouseFacts> {
  const { reseller, ownerId } = await transaction(services, (db) =>
    createReseller(db, services, {
      slug,
      name,
      currency,
      timeZone,
      locale,
      owner: { email: `owner@${slug}.example`, name: 'Rosa Owen', passwordHash },
    }),
  )
  const others = ROLE_IDS.filter((role) => role !== 'owner').map((role) => ({
    id: uuidv7(),
    resellerId: reseller.id,
    email: `${role}@${slug}.example`,
    name: `${role[0]?.toUpperCase()}${role.slice(1)} Person`,
    roleId: role,
    passwordHash,
  }))
  await transaction(services, (db) => createStaff(db, others))
  await owner.prisma.reseller.update({ where: { id: reseller.id }, data: { customerFactors: 'offered' } })
  const members = [{ id: ownerId, email: `owner@${slug}.example`, roleId: 'owner' }, ...others]
  const staff = Object.fromEntries(members.map(({ roleId, id, email }) => [roleId, { id, email }])) as Record<
    RoleId,
    Member
  >
  return { reseller, staff }
}

/** One more staff member of a house, for a test that changes what they are or may. */
export async function makeMember({ system, reseller }: House, role: string): Promise<Member> {
  const id = uuidv7()
  const email = `${role}-${id}@${reseller.slug}.example`
  const passwordHash = await passwordHashOf(PASSWORD)
  const member = { id, resellerId: reseller.id, email, name: 'One More', roleId: role, passwordHash }
  await transaction(system, (db) => createStaff(db, [member]))
  return { id, email }
}

/** A staff member with a role of their own, which has these permissions and no others. */
export async function makeMemberWith(house: House, permissions: readonly Permission[]) {
  const roleId = `role-${uuidv7()}`
  const data = { resellerId: house.reseller.id, id: roleId, name: 'Custom', permissions: [...permissions] }
  await house.owner.prisma.role.create({ data })
  return { ...(await makeMember(house, roleId)), roleId }
}

interface NewCustomer {
  email?: string
  name?: string
  teamName?: string
  teamType?: TeamType
  companyName?: string
  state?: State
  /** Minor units. */
  balance?: bigint
  credits?: bigint
  registeredAt?: Date
  externalReference?: string
  /** Can log in to the console with it; without one, nobody can. */
  password?: string
}

/** How many customers were made in each database: so their addresses do not depend on which files a worker has run before. */
const counts = new WeakMap<object, number>()

const MAKE_CUSTOMER = `
  with team as (
    insert into teams (reseller_id, id, name, type, owner_customer_id) values ($1, $5, $6, $7, $2)
  ), profile as (
    insert into billing_profiles (reseller_id, id, kind, legal_name, company_name, address_line1, city, country, billing_email)
    select $1, $5, $7::text::billing_kind, $8, $9, '1 Main Street', 'Berlin', 'DE', $3 where $7 <> 'default'
  )
  insert into customers (reseller_id, id, email, name, team_id, state, state_reason, external_reference, password_hash,
                         email_verified_at, registered_at)
  values ($1, $2, $3, $4, $5, $10, $11, $12, $13,
          case when $7 <> 'default' then clock_timestamp() end, coalesce($14, clock_timestamp()))`

/** A customer with a team of their own, as if registered and verified; money is posted through the ledger. */
export async function makeCustomer(
  { system, reseller }: Pick<House, 'system' | 'reseller'>,
  facts: NewCustomer = {},
) {
  const { prisma, pool } = system.database
  const id = newCustomerId()
  const counted = (counts.get(system.database) ?? 0) + 1
  counts.set(system.database, counted)
  const email = facts.email ?? `customer-${counted}@customer.example`
  const teamType = facts.teamType ?? 'individual'
  // By one statement: by Prisma it would be four transactions.
  await pool.query(MAKE_CUSTOMER, [
    reseller.id,
    id,
    email,
    facts.name ?? `Customer ${counted}`,
    uuidv7(),
    facts.teamName ?? `Team of ${email}`,
    teamType,
    facts.name ?? 'Known Person',
    teamType === 'enterprise' ? (facts.companyName ?? `Company ${counted}`) : null,
    facts.state ?? 'ON',
    facts.state === 'OFF' ? 'Set up so' : null,
    facts.externalReference ?? '',
    facts.password ? await passwordHashOf(facts.password) : null,
    facts.registeredAt ?? null,
  ])
  const manual = { reason: 'courtesy', comment: 'set up', note: '' } as const
  if (facts.balance) {
    await refill(
      system,
      { id },
      { ...manual, idempotencyKey: uuidv7(), amount: facts.balance, reference: '', confirmDuplicate: false },
    )
  }
  if (facts.credits) {
    await setCredits(
      system,
      { id },
      { ...manual, idempotencyKey: uuidv7(), credits: facts.credits, seen: 0n },
    )
  }
  return prisma.customer.findUniqueOrThrow({ where: { resellerId_id: { resellerId: reseller.id, id } } })
}
