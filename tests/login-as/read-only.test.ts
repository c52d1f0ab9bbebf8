import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import { setCredits } from '../support/postings.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { doorOf, isForCustomers } from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { listRoutes } from '../support/routes.ts'
import { actorIn, enter } from '../support/login-as.ts'
import { type Visitor } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma

describe('ReadOnly Login', () => {
  test('a rule that writes all the same fails in the database, by Prisma, in a transaction and by SQL', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(purser.northwind.staff.support)
    await enter(staff, customer, 'readonly')
    const actor = await actorIn(purser, customer)
    const rename = {
      where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
      data: { name: 'Mallory' },
    }
    const refusal = /read-only transaction/
    await expect(actor.database.prisma.customer.update(rename)).rejects.toThrow(refusal)
    await expect(transaction(actor, (tx) => tx.customer.update(rename))).rejects.toThrow(refusal)
    await expect(actor.database.pool.query('delete from sessions')).rejects.toMatchObject({ code: '25006' })
    const grant = {
      idempotencyKey: 'key-of-a-rule',
      reason: 'courtesy',
      comment: '',
      note: '',
      credits: 5n,
      seen: 0n,
    } as const
    await expect(
      setCredits({ ...actor, permissions: new Set(['money.post']) }, customer, grant),
    ).rejects.toMatchObject({ code: '25006' })
    expect(await db().customer.findFirstOrThrow({ where: { id: customer.id } })).toMatchObject({
      name: customer.name,
      credits: 0n,
    })
  })

  test('a page that writes while it is looked at fails in the database, and nothing else stops it', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD, balance: 500n })
    const theirs = await purser.asCustomer(customer)
    const [support, admin] = [
      await purser.as(purser.northwind.staff.support),
      await purser.as(purser.northwind.staff.admin),
    ]
    await enter(support, customer, 'readonly')
    await enter(admin, customer, 'admin')
    const said: string[] = []
    const { services } = purser
    const { log } = services
    services.log = pino({ level: 'error' }, { write: (line: string) => void said.push(line) })
    const sly = await writeWhereTeamsAreRead()
    /** What a GET answers, and whether it has written. */
    const look = async (browser: Visitor, address: string) => {
      const before = await sly.count()
      const { status } = await browser.get(address)
      return { status, writes: (await sly.count()) > before }
    }
    try {
      const writing: string[] = []
      const pages = listRoutes(services).filter((route) => route.method === 'GET' && isForCustomers(route))
      for (const page of pages) {
        const address = page.path
        if (doorOf(page) === 'themself') {
          const ledAway = { status: 303, writes: false }
          for (const staff of [admin, support]) expect(await look(staff, address)).toEqual(ledAway)
          continue
        }
        const own = await look(theirs, address)
        expect(own.status).toBe(200)
        expect(await look(admin, address)).toEqual(own)
        if (own.writes) writing.push(address)
        const refused = { status: 500, writes: false }
        expect(await look(support, address)).toEqual(own.writes ? refused : own)
      }
      expect(writing).toEqual(
        expect.arrayContaining([
          '/console',
          '/console/billing',
          '/console/billing-profile',
          '/console/profile',
        ]),
      )
      expect(said).toHaveLength(writing.length)
      for (const line of said) expect(line).toContain('cannot execute INSERT in a read-only transaction')
    } finally {
      services.log = log
      await sly.stop()
    }
  })

  test('under Admin Login the same rule writes', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(purser.northwind.staff.admin)
    await enter(staff, customer, 'admin')
    const actor = await actorIn(purser, customer)
    await actor.database.prisma.customer.update({
      where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
      data: { name: 'Renamed' },
    })
    expect(await db().customer.findFirstOrThrow({ where: { id: customer.id } })).toMatchObject({
      name: 'Renamed',
    })
  })
})

/**
 * Lets the database itself write a row whenever the application reads a team, by a policy of row level security: so a page's GET writes
 * though no line of its code does, in the very transaction in which it reads.
 */
async function writeWhereTeamsAreRead() {
  const client = new pg.Client(purser.database.ownerUrl)
  await client.connect()
  await client.query(`
    create table sly (at timestamptz default now());
    grant insert on sly to purser;
    create function write_slyly() returns boolean language plpgsql volatile as
      $$ begin insert into sly default values; return true; end $$;
    create policy sly on teams using (write_slyly());
    alter table teams enable row level security;`)
  return {
    count: async () => {
      const { rows } = await client.query<{ count: number }>('select count(*)::int as count from sly')
      return rows[0]?.count ?? 0
    },
    stop: async () => {
      await client.query(`
        alter table teams disable row level security;
        drop policy sly on teams; drop function write_slyly; drop table sly;`)
      await client.end()
    },
  }
}
