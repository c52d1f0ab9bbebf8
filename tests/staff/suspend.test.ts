import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkToken, makeLink } from '../../src/passwords/link.ts'
import { PASSWORD } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { flashOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma

describe('turning a staff member OFF and ON', () => {
  test('ends sessions and links at once; ON brings neither back', async () => {
    const { owner, finance } = purser.northwind.staff
    const theirs = await purser.as(finance)
    const link = await makeLink(prisma(), {
      resellerId: purser.northwind.reseller.id,
      purpose: 'set_password',
      delivery: 'mailed',
      person: { staffId: finance.id },
      email: finance.email,
      minutes: 30,
    })
    const browser = await purser.as(owner)
    const off = await browser.submit(
      await browser.get('/staff'),
      {},
      { action: `/staff/${finance.id}/suspension` },
    )
    expect(off.status).toBe(303)
    expect(flashOf(await browser.follow(off))).toContain('finance@northwind.example can no longer log in.')
    expect((await theirs.get('/customers')).location).toMatch(/^\/login/)
    expect(await prisma().session.count({ where: { staffId: finance.id } })).toBe(0)
    const path = `/set-password/${linkToken(purser.services.keys, link)}`
    expect((await purser.visitor().get(path)).status).toBe(410)
    const visitor = purser.visitor()
    const login = await visitor.submit(await visitor.get('/login'), {
      email: finance.email,
      password: PASSWORD,
    })
    expect(login.status).toBe(422)

    const on = await browser.submit(
      await browser.get('/staff'),
      {},
      { action: `/staff/${finance.id}/reinstatement` },
    )
    expect(on.status).toBe(303)
    expect((await theirs.get('/customers')).location).toMatch(/^\/login/)
    expect((await purser.visitor().get(path)).status).toBe(410)
    expect((await (await purser.as(finance)).get('/customers')).status).toBe(200)
    const rows = await prisma().auditRow.findMany({
      where: { deed: { in: ['staff.suspended', 'staff.reinstated'] } },
      orderBy: { id: 'asc' },
    })
    expect(rows.map(({ deed, actorId, details }) => [deed, actorId, details])).toEqual([
      ['staff.suspended', owner.id, { email: finance.email }],
      ['staff.reinstated', owner.id, { email: finance.email }],
    ])
  })

  test('pressed twice, the second answer says how it is', async () => {
    const { owner, auditor } = purser.northwind.staff
    const browser = await purser.as(owner)
    const form = await browser.get('/staff')
    const [first, second] = await Promise.all([
      browser.submit(form, {}, { action: `/staff/${auditor.id}/suspension` }),
      browser.submit(form, {}, { action: `/staff/${auditor.id}/suspension` }),
    ])
    expect([first.status, second.status].sort()).toEqual([303, 409])
    expect(wordsOf(first.status === 409 ? first : second)).toContain(
      'auditor@northwind.example is OFF already.',
    )
    expect(
      await prisma().auditRow.count({
        where: { deed: 'staff.suspended', details: { path: ['email'], equals: auditor.email } },
      }),
    ).toBe(1)
    const list = await browser.get('/staff')
    await browser.submit(list, {}, { action: `/staff/${auditor.id}/reinstatement` })
    const again = await browser.submit(list, {}, { action: `/staff/${auditor.id}/reinstatement` })
    expect(again.status).toBe(409)
    expect(wordsOf(again)).toContain('auditor@northwind.example is ON already.')
  })

  test('of oneself, with another Owner, ends one’s own session', async () => {
    const { owner, admin } = purser.northwind.staff
    await prisma().staff.update({ where: { id: admin.id }, data: { roleId: 'owner' } })
    const browser = await purser.as(admin)
    const answer = await browser.submit(
      await browser.get('/staff'),
      {},
      { action: `/staff/${admin.id}/suspension` },
    )
    expect(answer.location).toBe('/customers')
    expect((await browser.follow(answer)).location).toMatch(/^\/login/)
    expect((await (await purser.as(owner)).get('/staff')).status).toBe(200)
  })
})
