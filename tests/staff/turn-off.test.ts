import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { record } from '../../src/events/record.ts'
import { linkToken, makeLink } from '../../src/people/one-time-link.ts'
import { PASSWORD } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'
import { staffSuspended } from '../../src/staff/turn-off.ts'

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
      { reason: 'Left the company' },
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
      where: { event: { in: ['staff.suspended', 'staff.reinstated'] } },
      orderBy: { id: 'asc' },
    })
    expect(rows.map(({ event, actorId, details }) => [event, actorId, details])).toEqual([
      ['staff.suspended', owner.id, { email: finance.email, reason: 'Left the company' }],
      ['staff.reinstated', owner.id, { email: finance.email, reason: '' }],
    ])
  })

  test('takes a reason, which stays on the page and in the log until the member is ON again', async () => {
    const { owner, support } = purser.northwind.staff
    const browser = await purser.as(owner)
    const page = await browser.get('/staff')
    const field = page.html.querySelector(`form[action="/staff/${support.id}/suspension"] [name="reason"]`)
    expect(field?.hasAttribute('required')).toBe(true)
    const csrf = valueOf(page, 'csrf') ?? ''
    const address = `/staff/${support.id}/suspension`
    const wrong: Record<string, string>[] = [{}, { reason: '' }, { reason: '  \n ' }]
    for (const fields of wrong) {
      const answer = await browser.post(address, { csrf, ...fields })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, 'reason')).toBe('This field is required.')
      // The form is open in its own row, and no other row complains.
      expect(answer.html.querySelectorAll('details[open]')).toHaveLength(1)
      expect(answer.html.querySelector('details[open] form')?.getAttribute('action')).toBe(address)
    }
    const long = 'x'.repeat(501)
    const tooLong = await browser.post(address, { csrf, reason: long })
    expect([tooLong.status, valueOf(tooLong, 'reason', address)]).toEqual([422, long])
    expect((await prisma().staff.findFirstOrThrow({ where: { id: support.id } })).state).toBe('ON')

    const off = await browser.post(address, { csrf, reason: 'Left us\r\non 30 November' })
    expect(off.status).toBe(303)
    const shown = await browser.get('/staff')
    expect(wordsOf(shown)).toContain('Left us on 30 November')
    expect(wordsOf(await browser.get('/audit?event=staff.suspended'))).toContain(
      'turned Support Person off: Left us',
    )

    const on = await browser.submit(
      shown,
      { reason: 'Came back' },
      { action: `/staff/${support.id}/reinstatement` },
    )
    expect(on.status).toBe(303)
    expect(wordsOf(await browser.get('/staff'))).not.toContain('Left us')
    expect(wordsOf(await browser.get('/audit?event=staff.reinstated'))).toContain(
      'turned Support Person on: Came back',
    )
  })

  test('rows of the log from before there were reasons keep their sentence', async () => {
    const { owner, auditor } = purser.northwind.staff
    await record(prisma(), purser.northwind.system, staffSuspended, {
      email: auditor.email,
    } as { email: string; reason: string })
    expect(wordsOf(await (await purser.as(owner)).get('/audit?event=staff.suspended'))).toContain(
      'turned Auditor Person off',
    )
  })

  test('of oneself, with another Owner, ends one’s own session', async () => {
    const { owner, admin } = purser.northwind.staff
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { roleId: 'owner' } })
    const browser = await purser.as(admin)
    const answer = await browser.submit(
      await browser.get('/staff'),
      { reason: 'My last day' },
      { action: `/staff/${admin.id}/suspension` },
    )
    expect(answer.location).toBe('/customers')
    expect((await browser.follow(answer)).location).toMatch(/^\/login/)
    expect((await (await purser.as(owner)).get('/staff')).status).toBe(200)
  })
})
