import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { refusalOf, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())
afterEach(async () => {
  await mend()
  await purser.owner.prisma.throttle.deleteMany()
})

/** From now on the database fails with this SQLSTATE whenever such a row is written. */
async function breakWrites(table: string, sqlstate: string, when = 'true') {
  await purser.owner.pool.query(`
    create function break_down() returns trigger language plpgsql as $$
      begin raise exception 'the trial broke it' using errcode = '${sqlstate}'; end $$;
    create trigger break_down before insert or update on ${table} for each row when (${when}) execute function break_down()`)
}

const mend = () => purser.owner.pool.query('drop function if exists break_down cascade')

async function logInTimes(times: number, path: string, fields: Record<string, string>) {
  const browser = purser.visitor()
  const form = await browser.get(path)
  const answers = []
  for (let time = 0; time < times; time++) answers.push(await browser.submit(form, fields))
  return answers
}

/** How far the counters of logins are, those at nothing left out. */
const counted = async () => {
  const rows = await purser.owner.prisma.throttle.findMany({ where: { key: { startsWith: 'login-' } } })
  return rows.filter(({ points }) => points > 0)
}

test.each([
  ['53100', 'sessions', 'The database disk is full'],
  ['53200', 'sessions', 'The database is out of memory'],
  ['53300', 'sessions', 'The database has no free connection'],
  ['53400', 'sessions', 'The database has reached one of its limits'],
  ['58030', 'sessions', 'The database cannot read from or write to its disk'],
  ['55P03', 'sessions', 'The database cannot be reached right now'],
  ['53100', 'audit_rows', 'The database disk is full'],
])(
  '%s at %s is 503 in words, and a login with the right password does not count',
  async (sqlstate, table, words) => {
    const { owner } = purser.northwind.staff
    await breakWrites(table, sqlstate)
    for (const answer of await logInTimes(2, '/login', { email: owner.email, password: PASSWORD })) {
      expect([answer.status, wordsOf(answer)]).toEqual([503, expect.stringContaining(words)])
      expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/)
    }
    expect(await counted()).toEqual([])
    await mend()
    const [answer] = await logInTimes(1, '/login', { email: owner.email, password: PASSWORD })
    expect(answer?.status).toBe(303)
  },
)

test.each(['/console/northwind/login', '/console/login'])(
  'nor does one of a customer, at %s',
  async (path) => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    await breakWrites('sessions', '53100')
    const answers = await logInTimes(2, path, { email: customer.email, password: PASSWORD })
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    expect(await counted()).toEqual([])
    await mend()
    const [answer] = await logInTimes(1, path, { email: customer.email, password: PASSWORD })
    expect(answer?.status).toBe(303)
  },
)

test('a wrong password counts, also where it cannot be written down', async () => {
  const { owner } = purser.northwind.staff
  await breakWrites('audit_rows', '53100')
  const statuses = async (times: number) =>
    (await logInTimes(times, '/login', { email: owner.email, password: 'not the password' })).map(
      ({ status }) => status,
    )
  expect(await statuses(2)).toEqual([503, 503])
  await purser.owner.prisma.throttle.updateMany({
    where: { key: { startsWith: 'login-pair:' }, points: 2 },
    data: { points: 9 },
  })
  expect(await statuses(2)).toEqual([503, 429])
})

test('what cannot be taken back at once is taken back later', async () => {
  const { owner } = purser.northwind.staff
  const pool = purser.owner.pool
  await breakWrites('sessions', '53100')
  await pool.query(
    `create trigger break_down before update on throttles for each row when (new.points < old.points) execute function break_down()`,
  )
  await logInTimes(2, '/login', { email: owner.email, password: PASSWORD })
  expect((await counted()).map(({ points }) => points)).toEqual([2, 2, 2])
  await mend()
  await waitFor(async () => (await counted()).length === 0, { what: 'the attempts to be taken back' })
})

test('a refusal by one counter takes back what the counters before it had counted', async () => {
  const { owner } = purser.northwind.staff
  await logInTimes(1, '/login', { email: owner.email, password: 'not the password' })
  await purser.owner.prisma.throttle.updateMany({
    where: { key: { startsWith: 'login-network:' } },
    data: { points: 100 },
  })
  const answers = await logInTimes(3, '/login', { email: owner.email, password: PASSWORD })
  expect(answers.map(({ status }) => status)).toEqual([429, 429, 429])
  expect(refusalOf(answers[0] as (typeof answers)[0])).toContain('Too many attempts')
  const pair = (await counted()).find(({ key }) => key.startsWith('login-pair:'))
  expect(pair?.points).toBe(1)
})

test('so it is with the own password typed again, and with links that were asked for', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  await purser.owner.prisma.throttle.deleteMany()
  const form = await owner.get('/account/password')
  await breakWrites('staff', '53100')
  for (let time = 0; time < 2; time++) {
    const fields = { current: PASSWORD, password: 'zebra lamp river moon' }
    expect((await owner.submit(form, fields)).status).toBe(503)
  }
  await mend()
  const visitor = purser.visitor()
  const forgotten = await visitor.get('/forgotten-password')
  await purser.owner.pool.query(
    `create function break_down() returns trigger language plpgsql as $$
       begin raise exception 'the trial broke it' using errcode = '53100'; end $$;
     create trigger break_down before insert on pgboss.job_common for each row execute function break_down()`,
  )
  for (let time = 0; time < 2; time++) {
    const answer = await visitor.submit(forgotten, { email: purser.northwind.staff.owner.email })
    expect(answer.status).toBe(503)
  }
  await mend()
  const rows = await purser.owner.prisma.throttle.findMany()
  expect(rows.filter(({ points }) => points > 0)).toEqual([])
})
