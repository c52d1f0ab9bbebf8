import { type BigInts, type Times, ask } from '../database/ask.ts'
import type { Transaction } from '../database/client.ts'
import type { Bind } from '../database/cursor.ts'
import { UNREAD_FIELDS } from '../database/rights.ts'
import { AS_PRISMA, type Joined, modelColumns, readableRows, withJoined } from '../database/model-rows.ts'
import { type Customer, Prisma, type Team } from '../generated/prisma/client.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { type Actor, consoleCustomerId, mustBeAllowed } from './actor.ts'
import { isCustomerId } from './customer-id.ts'

/** A customer as the application reads one. */
export type CustomerAsRead = Omit<Customer, keyof (typeof UNREAD_FIELDS)['customer']>

export type CustomerWithTeam = CustomerAsRead & { team: Team }

/**
 * The customer of this id with the team. Throws 404 for one of another reseller as for one that never was: the permission is in the
 * loader, so that no handler can forget it. The id may be typed in lower case.
 */
export async function findCustomer(actor: Actor, id: unknown): Promise<CustomerWithTeam> {
  mustBeAllowed(actor, 'customers.see')
  const known = knownForm(id)
  const customer = known && (await maybeWithTeam(actor, known))
  if (!customer) throw noSuchCustomer()
  return customer
}

const CUSTOMER_COLUMNS = modelColumns(Prisma.CustomerScalarFieldEnum, 'c', { unread: UNREAD_FIELDS.customer })
/** The table of a list of customers. */
export const CUSTOMER_ROWS = readableRows('customers', Prisma.CustomerScalarFieldEnum, UNREAD_FIELDS.customer)
const TEAM_COLUMNS = modelColumns(Prisma.TeamScalarFieldEnum, 't', { prefix: 'team.' })

/** One prepared statement instead of Prisma's two, which are planned each time: nearly every page of a customer begins with it. */
async function maybeWithTeam({ database, reseller }: Actor, id: string): Promise<CustomerWithTeam | null> {
  const { rows } = await database.pool.query<Joined<CustomerAsRead, 'team', Team>>({
    name: 'customer-with-team',
    text: `select ${CUSTOMER_COLUMNS}, ${TEAM_COLUMNS}
           from customers c join teams t on t.reseller_id = $1 and t.id = c.team_id
           where c.reseller_id = $1 and c.id = $2`,
    values: [reseller.id, id],
    types: AS_PRISMA,
  })
  return rows[0] ? withJoined(rows[0], 'team') : null
}

/** What no page shows of a customer, and JSON would make a text of. */
const HASHES = { balanceHash: true, creditsHash: true } as const

type Own = Omit<CustomerAsRead, keyof typeof HASHES>

/** A customer who is asked for together with what else a page asks, with as much of the team as pages show. */
export type AskedCustomer = Own & { team: Pick<Team, 'id' | 'name' | 'type'> }

const AMOUNTS = {
  balance: true,
  balanceSeq: true,
  credits: true,
  creditsSeq: true,
  overdraft: true,
  lowBalanceThreshold: true,
} as const satisfies BigInts<Own>

const TIMES: Times<Own> = {
  stateChangedAt: true,
  emailVerifiedAt: true,
  passwordExpiresAt: true,
  resetAt: true,
  registeredAt: true,
  lastLoginAt: true,
}

const ASKED_COLUMNS = modelColumns(Prisma.CustomerScalarFieldEnum, 'c', {
  unread: { ...UNREAD_FIELDS.customer, ...HASHES },
  asText: AMOUNTS,
})

/**
 * As findCustomer(), asked together with what else a page asks of this customer, see ask(): what is asked beside it answers nothing for
 * one who is not there. `id`: as customerOfId() gives it, which asks for the permission.
 *
 * @throws 404 for one of another reseller as for one that never was
 */
export async function askCustomer(actor: Actor, { id }: { id: string }): Promise<AskedCustomer> {
  const [customer] = await ask<AskedCustomer>(
    actor,
    (bind) => `
      select ${ASKED_COLUMNS}, json_build_object('id', t.id, 'name', t.name, 'type', t.type) as team
      from customers c join teams t on t.reseller_id = $1 and t.id = c.team_id
      where c.reseller_id = $1 and c.id = ${bind(id)}`,
    TIMES,
  )
  if (!customer) throw noSuchCustomer()
  const amounts = Object.keys(AMOUNTS) as (keyof typeof AMOUNTS)[]
  for (const name of amounts) if (customer[name] !== null) customer[name] = BigInt(customer[name])
  return customer
}

/** Which team is meant: by its id, or a customer's. */
export type WhichTeam = { id: string } | { ofCustomer: string }

/** SQL for the id of that team. */
export const teamIdSql = (bind: Bind, team: WhichTeam) =>
  'id' in team
    ? `${bind(team.id)}::uuid`
    : `(select team_id from customers where reseller_id = $1 and id = ${bind(team.ofCustomer)})`

/**
 * The id as it is kept, of a customer who is looked for only by what is then done: a posting locks the customer, answers 404 where there
 * is none, and gives the address. That saves it a statement. @throws 404 for what cannot be an id
 */
export function customerOfId(actor: Actor, id: unknown): Pick<Customer, 'id'> {
  mustBeAllowed(actor, 'customers.see')
  const known = knownForm(id)
  if (!known) throw noSuchCustomer()
  return { id: known }
}

/** The customer whose console this is, read through the actor's own database. */
export async function findOwnCustomer(actor: Actor): Promise<CustomerWithTeam> {
  const customer = await maybeWithTeam(actor, consoleCustomerId(actor))
  if (!customer) throw noSuchCustomer()
  return customer
}

const knownForm = (id: unknown) =>
  typeof id === 'string' && isCustomerId(id.toUpperCase()) ? id.toUpperCase() : undefined

const noSuchCustomer = () => new Refusal(404, t('Customer not found.'))

/**
 * Holds a customer until the transaction ends and gives the row as it stands then; null where there is none. First in the lock order:
 * customer, then team, then what belongs to them (links, mails). Postings wait for it too.
 */
export async function lockCustomer(
  db: Transaction,
  actor: Actor,
  id: string,
): Promise<CustomerAsRead | null> {
  const resellerId = actor.reseller.id
  await db.$queryRaw`select from customers where reseller_id = ${resellerId} and id = ${id} for no key update`
  return db.customer.findUnique({ where: { resellerId_id: { resellerId, id } } })
}
