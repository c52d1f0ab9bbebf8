import http from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkToken, makeLink } from '../../src/people/one-time-link.ts'
import { withoutSecrets } from '../../src/web/request-log.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { tokenOf } from '../support/visit.ts'

const log: string[] = []
let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ env: { LOG_LEVEL: 'info' }, log })
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma
const TOKEN = 'ABCDEFGH.a-token-that-is-still-good'

/** The lines of this kind that were logged since `start`. */
const said = (kind: string, start: number) =>
  log
    .slice(start)
    .map((line) => JSON.parse(line) as { msg: string; path: string })
    .filter(({ msg }) => msg === kind)

/** Asks for an address as it stands here, which a browser would put in order first. */
async function ask(path: string) {
  await new Promise((resolve, reject) =>
    http
      .get({ port: new URL(purser.url).port, host: '127.0.0.1', path }, (res) =>
        res.resume().on('end', resolve),
      )
      .on('error', reject),
  )
}

test.each([
  ['/verify/TOKEN', '/verify/…'],
  ['/Set-Password/TOKEN', '/Set-Password/…'],
  ['/JOIN/TOKEN/done?x=TOKEN', '/JOIN/…'],
  ['/Console/Enter/TOKEN', '/Console/Enter/…'],
  ['http://purser.example/verify/TOKEN', '/verify/…'],
  ['HTTP://purser.example:80/console/enter/TOKEN?y', '/console/enter/…'],
  ['http:/verify/TOKEN', 'http:/verify/…'],
  ['//verify/TOKEN', '//verify/…'],
  ['/verify\\TOKEN', '/verify\\…'],
  ['/customers/7?next=/join/TOKEN', '/customers/7'],
  ['http://purser.example/customers', '/customers'],
])('of %s a log or a row holds %s', (address, shown) => {
  expect(withoutSecrets({ originalUrl: address.replaceAll('TOKEN', TOKEN) })).toBe(shown)
})

describe('the log', () => {
  test.each([
    '/Set-Password/',
    '/JOIN/',
    'http://purser.example/verify/',
    'http://purser.example/CONSOLE/enter/',
  ])('has no token of %s', async (address) => {
    const start = log.length
    await ask(address + TOKEN)
    await expect.poll(() => said('request', start)).toHaveLength(1)
    expect(said('request', start)[0]?.path).toMatch(/\/…$/)
    expect(log.join()).not.toContain(TOKEN)
  })

  test('nor where the page breaks, which leaves the link good', async () => {
    const { id: staffId, email } = purser.northwind.staff.finance
    const link = await makeLink(db(), {
      resellerId: purser.northwind.reseller.id,
      purpose: 'set_password',
      delivery: 'mailed',
      person: { staffId },
      email,
      minutes: 30,
    })
    const token = linkToken(purser.services.keys, link)
    const owner = new pg.Client(purser.database.ownerUrl)
    await owner.connect()
    const visitor = purser.visitor()
    const csrf = await tokenOf(visitor)
    const start = log.length
    await owner.query('alter table one_time_links rename to nowhere')
    try {
      const answer = await visitor.post(`/set-password/${token}`, { csrf, password: PASSWORD })
      expect(answer.status).toBe(500)
      expect(said('bug', start)).toMatchObject([{ path: '/set-password/…' }])
      expect(log.join()).not.toContain(token)
    } finally {
      await owner.query('alter table nowhere rename to one_time_links')
      await owner.end()
    }
  })
})

describe('what is written down of a stay', () => {
  test('has no hand-over code, neither of a page nor of a refusal', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(purser.northwind.staff.admin)
    await enter(staff, customer, 'readonly')
    const { id: loginAsId } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
    await staff.get(`/console/enter/${TOKEN}`)
    const refused = await staff.post(`/console/Enter/${TOKEN}`, {})
    expect(refused.status).toBe(403)
    const looked = async () => {
      const events = await db().loginAsEvent.findMany({ where: { loginAsId }, orderBy: { at: 'asc' } })
      return events.map(({ method, path, status }) => `${method} ${path} ${status}`)
    }
    await expect
      .poll(looked)
      .toEqual(['GET /console 200', 'GET /console/enter/… 410', 'POST /console/Enter/… 403'])
    const rows = await db().auditRow.findMany({
      where: { customerId: customer.id, event: 'login_as.refused' },
    })
    expect(rows.map(({ details }) => details)).toMatchObject([{ path: '/console/Enter/…' }])
  })

  test('has of a path only so much as anybody reads', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(purser.northwind.staff.admin)
    await enter(staff, customer, 'readonly')
    await staff.post(`/console/${'x'.repeat(2000)}`, {})
    const row = await db().auditRow.findFirstOrThrow({
      where: { customerId: customer.id, event: 'login_as.refused' },
    })
    expect((row.details as { path: string }).path).toHaveLength(300)
  })
})
