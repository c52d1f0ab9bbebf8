import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import { createStaff } from '../../src/people/staff-address.ts'
import { PASSWORD, passwordHashOf } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())
beforeEach(async () => {
  const { northwind } = purser
  for (const [roleId, { id }] of Object.entries(northwind.staff)) {
    await prisma().staff.updateMany({ where: { id }, data: { roleId, state: 'ON' } })
  }
})

const prisma = () => purser.owner.prisma
const roleOf = async ({ id }: { id: string }) =>
  (await prisma().staff.findFirstOrThrow({ where: { id } })).roleId
const owners = () =>
  prisma().staff.count({ where: { resellerId: purser.northwind.reseller.id, roleId: 'owner', state: 'ON' } })

describe('changing a role', () => {
  test('counts from the next request, and is noted', async () => {
    const { owner, support } = purser.northwind.staff
    const theirs = await purser.as(support)
    expect((await theirs.get('/audit')).status).not.toBe(200)
    const browser = await purser.as(owner)
    const answer = await browser.submit(
      await browser.get('/staff'),
      { role: 'owner' },
      { action: `/staff/${support.id}/role` },
    )
    expect(answer.status).toBe(303)
    expect(answer.location).toBe('/staff')
    expect(flashOf(await browser.follow(answer))).toContain('support@northwind.example is now Owner.')
    expect((await theirs.get('/staff')).status).toBe(200)
    const row = await prisma().auditRow.findFirstOrThrow({ where: { event: 'staff.role_changed' } })
    expect(row).toMatchObject({
      actorId: owner.id,
      details: { email: support.email, from: 'support', to: 'owner' },
    })
  })

  test('that another Owner changed meanwhile: 409 with who, when and both roles, and either is saved', async () => {
    const { owner, admin, finance } = purser.northwind.staff
    await prisma().staff.updateMany({ where: { id: finance.id }, data: { roleId: 'owner' } })
    const [mine, theirs] = [await purser.as(owner), await purser.as(finance)]
    const action = `/staff/${admin.id}/role`
    const page = await mine.get('/staff')
    await theirs.submit(await theirs.get('/staff'), { role: 'support' }, { action })
    const conflict = await mine.submit(page, { role: 'auditor' }, { action })
    expect(conflict.status).toBe(409)
    expect(wordsOf(conflict)).toMatch(/Last change: Finance Person, .*\d/)
    expect(wordsOf(conflict)).toContain('Keep yours: Auditor Take theirs. Current value: Support')
    expect(await roleOf(admin)).toBe('support')
    await mine.submit(conflict, { 'take.role': 'theirs' }, { action })
    expect(await roleOf(admin)).toBe('support')
    await mine.submit(conflict, {}, { action })
    expect(await roleOf(admin)).toBe('auditor')
  })

  test('there is nobody of an id that is none', async () => {
    const browser = await purser.as(purser.northwind.staff.owner)
    const csrf = valueOf(await browser.get('/staff'), 'csrf') ?? ''
    for (const id of ['nonsense', '01989898-0000-7000-8000-000000000001', '%00', '__proto__'])
      expect((await browser.post(`/staff/${id}/role`, { csrf, role: 'owner' })).status, id).toBe(404)
  })

  test('a role that there is not is refused in words', async () => {
    const { owner, admin } = purser.northwind.staff
    const browser = await purser.as(owner)
    const answer = await browser.submit(
      await browser.get('/staff'),
      { role: 'king' },
      { action: `/staff/${admin.id}/role` },
    )
    expect(answer.status).toBe(422)
    expect(answer.html.querySelector('.form-errors')?.textContent).toBeTruthy()
    expect(await roleOf(admin)).toBe('admin')
  })
})

describe('the last Owner who can log in', () => {
  test('can be neither demoted nor turned off, not by themselves either', async () => {
    const { owner } = purser.northwind.staff
    const browser = await purser.as(owner)
    const page = await browser.get('/staff')
    expect(page.html.querySelector(`form[action="/staff/${owner.id}/role"]`)).toBeNull()
    expect(page.html.querySelector(`form[action="/staff/${owner.id}/suspension"]`)).toBeNull()
    const csrf = valueOf(page, 'csrf') ?? ''
    for (const action of ['role', 'suspension']) {
      const answer = await browser.post(`/staff/${owner.id}/${action}`, { csrf, role: 'admin', reason: 'x' })
      expect(answer.status).toBe(409)
      expect(wordsOf(answer)).toContain('This is the last Owner who can log in')
    }
    expect(await owners()).toBe(1)
    expect((await browser.get('/staff')).status).toBe(200)
  })

  test('an Owner who is OFF does not count', async () => {
    const { owner, admin } = purser.northwind.staff
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { roleId: 'owner', state: 'OFF' } })
    const browser = await purser.as(owner)
    const csrf = valueOf(await browser.get('/staff'), 'csrf') ?? ''
    expect((await browser.post(`/staff/${owner.id}/role`, { csrf, role: 'admin' })).status).toBe(409)
  })

  test.each(['role', 'suspension'])('an Owner who never set a password does not count: %s', async (what) => {
    const { owner, admin, finance } = purser.northwind.staff
    const hashes = await prisma().staff.findMany({
      where: { id: { in: [admin.id, finance.id] } },
      select: { id: true, passwordHash: true },
    })
    await prisma().staff.updateMany({
      where: { id: { in: [admin.id, finance.id] } },
      data: { roleId: 'owner', passwordHash: null },
    })
    const browser = await purser.as(owner)
    const page = await browser.get('/staff')
    expect(page.html.querySelector(`form[action="/staff/${owner.id}/${what}"]`)).toBeNull()
    expect(wordsOf(page)).toContain('The last Owner who can log in must stay an Owner.')
    const csrf = valueOf(page, 'csrf') ?? ''
    const answer = await browser.post(`/staff/${owner.id}/${what}`, {
      csrf,
      role: 'admin',
      reason: 'They leave',
    })
    expect(answer.status).toBe(409)
    expect(wordsOf(answer)).toContain(
      'Give the Owner role to another person who is ON and has set a password first.',
    )
    // Those who cannot log in may go, and the one who can still can.
    const gone = await browser.post(`/staff/${admin.id}/${what}`, { csrf, role: 'admin', reason: 'Left' })
    expect(gone.status).toBe(303)
    // Once one of them has a password, the first may go.
    const [adminHash, financeHash] = [admin, finance].map(
      ({ id }) => hashes.find((one) => one.id === id)?.passwordHash ?? null,
    )
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { passwordHash: adminHash ?? null } })
    await prisma().staff.updateMany({
      where: { id: finance.id },
      data: { passwordHash: financeHash ?? null },
    })
    const stepped = await browser.post(`/staff/${owner.id}/${what}`, { csrf, role: 'admin', reason: 'Left' })
    expect(stepped.status).toBe(303)
    expect(await owners()).toBe(1)
  })

  test('with another one, an Owner can step down, and lands on a page of the new role', async () => {
    const { owner, admin } = purser.northwind.staff
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { roleId: 'owner' } })
    const browser = await purser.as(owner)
    const answer = await browser.submit(
      await browser.get('/staff'),
      { role: 'support' },
      { action: `/staff/${owner.id}/role` },
    )
    expect(answer.location).toBe('/customers')
    expect((await browser.get('/staff')).status).toBe(403)
    expect(await owners()).toBe(1)
  })

  test('of two Owners who demote each other at once, one stays', async () => {
    const { owner, admin } = purser.northwind.staff
    for (let round = 0; round < 5; round++) {
      await prisma().staff.updateMany({
        where: { id: { in: [owner.id, admin.id] } },
        data: { roleId: 'owner', state: 'ON' },
      })
      const [one, other] = [await purser.as(owner), await purser.as(admin)]
      const [oneForm, otherForm] = [await one.get('/staff'), await other.get('/staff')]
      const answers = await Promise.all([
        one.submit(oneForm, { role: 'admin' }, { action: `/staff/${admin.id}/role` }),
        other.submit(otherForm, { reason: 'x' }, { action: `/staff/${owner.id}/suspension` }),
      ])
      expect(await owners()).toBe(1)
      // The slower one was refused: as the last Owner's action (409), or because the role (403) or the login (303) was gone already.
      expect(answers.filter(({ location }) => location === '/staff')).toHaveLength(1)
    }
  })

  test('twenty at once cannot get past it', async () => {
    const { owner } = purser.northwind.staff
    const passwordHash = await passwordHashOf(PASSWORD)
    const many = Array.from({ length: 4 }, (_none, number) => ({
      id: crypto.randomUUID(),
      resellerId: purser.northwind.reseller.id,
      email: `owner${number}@northwind.example`,
      name: 'O',
      roleId: 'owner',
      passwordHash,
    }))
    await transaction(purser.services, (db) => createStaff(db, many))
    const all = [owner, ...many]
    const browsers = await Promise.all(all.map((member) => purser.as(member)))
    const forms = await Promise.all(browsers.map((browser) => browser.get('/staff')))
    await Promise.all(
      browsers.flatMap((browser, place) =>
        all.map(({ id }) =>
          browser.post(`/staff/${id}/role`, { csrf: valueOf(forms[place]!, 'csrf') ?? '', role: 'auditor' }),
        ),
      ),
    )
    expect(await owners()).toBe(1)
  })
})
