import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import { openHandlers } from '../../src/startup/jobs.ts'
import { type JobWorker, startWorker } from '../../src/jobs/worker.ts'
import { testMail } from '../../src/resellers/mails.ts'
import { queueMail } from '../../src/mail/outbox.ts'
import { MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { waitFor } from '../support/wait.ts'

const MAILS = 20

const server = new MailServer()
let purser: RunningPurser
let jobs: ReturnType<typeof openHandlers>
let worker: JobWorker | undefined

beforeAll(async () => {
  await server.start()
  purser = await startPurser({ env: { SMTP_URL: `smtp://127.0.0.1:${server.port}` } })
  jobs = openHandlers(purser.services.config)
})
afterEach(async () => {
  await worker?.stop()
  await purser.services.database.pool.query('delete from pgboss.job')
})
afterAll(async () => {
  jobs.close()
  await purser.stop()
  await server.stop()
})

const queueTests = (count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      transaction(purser.services, (db) =>
        queueMail(db, purser.services.queue, {
          resellerId: purser.northwind.reseller.id,
          to: 'owner@northwind.example',
          template: testMail,
          values: { sentBy: 'Olive' },
        }),
      ),
    ),
  )
const count = (where: object) => purser.services.database.prisma.mail.count({ where })
const waiting = () => count({ state: 'waiting' })

/** Queues mails while the mail server is away, and leaves them as they are after hours of trying: the next try is far away. */
async function queueInVain() {
  await server.stop()
  const mails = await queueTests(MAILS)
  await waitFor(
    async () => (await count({ state: 'waiting', lastError: { contains: 'ECONNREFUSED' } })) >= 4,
    {
      what: 'mails to be tried',
    },
  )
  await purser.services.database.pool.query(
    `update pgboss.job set start_after = now() + interval '3 hours' where state = 'retry'`,
  )
  return mails
}

test('when the mail server is back, all that waited is out within seconds, and no attempt is used up', async () => {
  const { handlers, mayGoOn } = jobs
  worker = await startWorker(purser.services, handlers, { mayGoOn })
  const mails = await queueInVain()
  await server.start()
  await waitFor(async () => (await waiting()) === 0, { msMax: 15_000, what: 'all mails to leave' })
  expect(await count({ state: 'sent', attempts: 1, id: { in: mails.map(({ id }) => id) } })).toBe(MAILS)
  expect(server.mails).toHaveLength(MAILS)
})

test('the first mail that the server takes again sends the others on their way', async () => {
  // Nobody asks the server meanwhile.
  worker = await startWorker(purser.services, jobs.handlers)
  await queueInVain()
  await server.start()
  await queueTests(1)
  await waitFor(async () => (await waiting()) === 0, { msMax: 15_000, what: 'all mails to leave' })
})

test('what was refused for now waits its time: it is not sent on with the others', async () => {
  const { handlers, mayGoOn } = jobs
  worker = await startWorker(purser.services, handlers, { mayGoOn })
  await server.refuse({ code: 451, message: 'Greylisted, come back' })
  await queueTests(1)
  await waitFor(() => count({ state: 'waiting', attempts: 1, lastError: { contains: 'Greylisted' } }))
  await server.refuse(null)
  await queueInVain()
  await server.start()
  await waitFor(async () => (await waiting()) === 1, { msMax: 15_000 })
  expect(await count({ state: 'waiting', attempts: 1, lastError: { contains: 'Greylisted' } })).toBe(1)
  await purser.owner.prisma.mail.deleteMany({ where: { state: 'waiting' } })
})

test('a mail that has waited for twelve hours for a server that is away has failed', async () => {
  worker = await startWorker(purser.services, jobs.handlers, { pollSeconds: 0.5 })
  const [mail] = await queueInVain()
  await purser.owner.prisma.$executeRaw`
    update mails set created_at = now() - interval '13 hours', last_error = 'away' where id = ${mail?.id}::uuid`
  await purser.services.database.pool.query(`update pgboss.job set start_after = now() where state = 'retry'`)
  await waitFor(() => count({ state: 'failed', id: mail?.id as string }), { msMax: 20_000 })
  await purser.owner.prisma.mail.deleteMany({ where: { state: 'waiting' } })
})

test('what was refused for a wrong password leaves at the next start, which has the right one', async () => {
  await server.stop()
  await server.start()
  await queueTests(3)
  await purser.services.database.pool.query(
    `update pgboss.job set state = 'retry', start_after = now() + interval '3 hours', output = '{"name":"MailLoginRefused"}'
     where state = 'created'`,
  )
  const restarted = openHandlers(purser.services.config)
  worker = await startWorker(purser.services, restarted.handlers, { mayGoOn: restarted.mayGoOn })
  await waitFor(async () => (await waiting()) === 0, { msMax: 15_000, what: 'all mails to leave' })
  restarted.close()
})
