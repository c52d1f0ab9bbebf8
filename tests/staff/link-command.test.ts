import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ran, runCommand } from '../support/command.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startEmptyPurser, startPurser } from '../support/purser.ts'
import { Visitor, wordsOf } from '../support/visit.ts'

const NEW = 'zebra lamp river moon'
const APP_KEY = Buffer.alloc(32, 7).toString('base64')
const lastLine = ({ out }: Ran) => out.trim().split('\n').at(-1) ?? ''

// Each command is a process that npm starts, which takes its time on a busy machine.
describe('npm run staff:link', { timeout: 120_000 }, () => {
  let purser: RunningPurser
  beforeAll(async () => {
    purser = await startPurser()
  })
  afterAll(() => purser.stop())

  const run = (...words: string[]) =>
    runCommand('staff:link', words, {
      APP_KEY,
      DATABASE_URL: purser.database.appUrl,
      DATABASE_OWNER_URL: purser.database.ownerUrl,
      APP_URL: 'https://purser.example.com',
    })

  test('prints a link that sets the password once, and leaves an audit row', async () => {
    const { finance } = purser.northwind.staff
    const ran = await run('Finance@Northwind.example')
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toMatch(
      /can set the password of .* It can be used once, until \d{4}-\d\d-\d\d \d\d:\d\d UTC:/,
    )
    const address = lastLine(ran)
    expect(address).toMatch(/^https:\/\/purser\.example\.com\/set-password\//)
    const { prisma } = purser.owner
    const row = await prisma.auditRow.findFirstOrThrow({ where: { event: 'staff.password_link_made' } })
    expect(row).toMatchObject({
      actorKind: 'system',
      actorName: 'host',
      resellerId: purser.northwind.reseller.id,
      details: { email: finance.email, delivery: 'copied' },
    })

    // The portal shows such a link to nobody, also not to one who knows its row.
    const link = await prisma.oneTimeLink.findFirstOrThrow({ where: { staffId: finance.id } })
    const owner = await purser.as(purser.northwind.staff.owner)
    expect((await owner.get(`/staff/${finance.id}/link/${link.id}`)).text).not.toContain('/set-password/')

    const browser = purser.visitor()
    const form = await browser.get(new URL(address).pathname)
    expect((await browser.submit(form, { password: NEW })).status).toBe(303)
    await browser.submit(await browser.get('/login'), { email: finance.email, password: NEW })
    expect((await browser.get('/customers')).status).toBe(200)
    expect((await browser.get(new URL(address).pathname)).status).toBe(410)
  })

  test('says in a sentence what it cannot do', async () => {
    expect(await run()).toEqual({
      code: 1,
      out: '',
      err: 'Specify the e-mail address of the staff member.\nUsage: npm run staff:link -- name@example.com\n',
    })
    expect(await run('nobody@northwind.example')).toEqual({
      code: 1,
      out: '',
      err: 'No staff member has the address nobody@northwind.example.\n',
    })
    const { id, email } = purser.northwind.staff.auditor
    await purser.owner.prisma.staff.updateMany({ where: { id }, data: { state: 'OFF' } })
    expect(await run(email)).toMatchObject({ code: 1, err: expect.stringMatching(/is OFF/) })
  })
})

describe('on the embedded database', { timeout: 120_000 }, () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-commands-'))
  const env = { DATA_DIR: dataDir }
  let server: PurserProcess | undefined
  afterAll(async () => {
    await server?.end()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const RESELLER = [
    '--name',
    'Northwind',
    '--slug',
    'northwind',
    '--currency',
    'EUR',
    '--time-zone',
    'Europe/Berlin',
    '--locale',
    'en-GB',
    '--email',
    'rosa@northwind.example',
    '--owner-name',
    'Rosa Owen',
  ]

  const LOOK_ELSEWHERE =
    'so nothing was done. Run the command with the environment of the service: set DATA_DIR to its data folder, or ' +
    'DATABASE_URL (and DATABASE_OWNER_URL) to its database.\n'

  test.each([
    ['staff:link', ['rosa@northwind.example'], 1],
    ['staff:reset-factors', ['rosa@northwind.example'], 1],
    ['ledger:verify', [], 1],
    ['charges:import', ['--reseller', 'northwind', 'nothing.csv'], 2],
  ] as const)(
    '%s makes no database where there is none, and says where it looked',
    async (script, words, code) => {
      const empty = path.join(dataDir, 'empty')
      mkdirSync(empty, { recursive: true })
      // What a start that was killed at once leaves behind is no database either.
      writeFileSync(path.join(empty, 'purser.lock'), '1 long ago x\n')
      for (const folder of [path.join(dataDir, 'nowhere'), empty]) {
        expect(await runCommand(script, [...words], { DATA_DIR: folder })).toEqual({
          code,
          out: '',
          err: `There is no Purser in the folder ${folder}, ${LOOK_ELSEWHERE}`,
        })
      }
      expect([existsSync(path.join(dataDir, 'nowhere')), readdirSync(empty)]).toEqual([
        false,
        ['purser.lock'],
      ])
    },
  )

  test('nor do they work on a database that has no reseller, on one’s own server either', async () => {
    const { database, stop } = await startEmptyPurser()
    try {
      const ran = await runCommand('staff:reset-factors', ['rosa@northwind.example'], {
        APP_KEY,
        DATABASE_URL: database.appUrl,
        DATABASE_OWNER_URL: database.ownerUrl,
      })
      const { host, pathname } = new URL(database.appUrl)
      expect(ran).toEqual({
        code: 1,
        out: '',
        err: `There is no Purser in the database ${pathname.slice(1)} on ${host}, ${LOOK_ELSEWHERE}`,
      })
    } finally {
      await stop()
    }
  })

  test('commands work while no Purser is running, and beside one that is', { timeout: 120_000 }, async () => {
    const first = await runCommand('reseller:create', RESELLER, env)
    expect(first).toMatchObject({ code: 0, err: '' })

    server = new PurserProcess({ env })
    const url = await server.ready()
    expect(server.out).not.toContain('/setup')
    const beside = await runCommand('staff:link', ['rosa@northwind.example'], env)
    expect(beside).toMatchObject({ code: 0, err: '' })
    const browser = new Visitor(url)
    const form = await browser.get(new URL(lastLine(beside)).pathname)
    expect(form.status).toBe(200)
    expect(wordsOf(form)).toContain('rosa@northwind.example')
    await browser.submit(form, { password: NEW })
    await browser.submit(await browser.get('/login'), { email: 'rosa@northwind.example', password: NEW })
    expect((await browser.get('/customers')).status).toBe(200)
    // The one that was running goes on, and ends in order.
    expect(await server.end()).toMatchObject({ code: 0 })
  })
})
