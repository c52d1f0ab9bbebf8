import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invite, invited, inviteEvents, inviteRow, join, ownPath, pathShown } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, flashOf, refusalOf, tokenOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const addressOf = ({ id }: { id: string }) => `/invites/${id}/regeneration`
const regenerate = async (row: { id: string }) =>
  owner.submit(await owner.get(addressOf(row)), {}, { action: addressOf(row) })
const change = ({ id }: { id: string }, data: object) => prisma().invite.updateMany({ where: { id }, data })
const statusOf = async (path: string) => (await purser.visitor().get(path)).status

describe('regenerating an invite', () => {
  test('makes the former link dead and gives a new one', async () => {
    const { row, path } = await invited(owner, purser.northwind)
    const answer = await regenerate(row)
    expect([answer.status, answer.location]).toEqual([303, `/invites#invite-${row.id}`])
    expect(flashOf(await owner.get('/invites'))).toContain('The previous link no longer works')
    const next = await pathShown(owner, row)
    expect(next).not.toBe(path)
    expect(await statusOf(next)).toBe(200)
    const dead = await purser.visitor().get(path)
    expect(dead.status).toBe(410)
    expect(wordsOf(dead)).toContain('This link was replaced by a newer one')
    const again = await regenerate(row)
    expect(again.status).toBe(303)
    for (const former of [path, next]) expect(await statusOf(former)).toBe(410)
    const events = await inviteEvents(purser.northwind, row, 'invite.regenerated')
    expect(events.map(({ actorName, details }) => [actorName, details])).toEqual([
      ['owner@northwind.example', { invite: row.id, email: '' }],
      ['owner@northwind.example', { invite: row.id, email: '' }],
    ])
  })

  test('asks first: opening the question changes nothing', async () => {
    const { row, path } = await invited(owner, purser.northwind)
    const list = await owner.get('/invites')
    const link = list.html.querySelector(`a[href="${addressOf(row)}"]`)
    expect(link?.textContent).toContain('Regenerate')
    expect(list.html.querySelector(`form[action="${addressOf(row)}"]`)).toBeNull()
    const question = await owner.get(addressOf(row))
    expect(question.status).toBe(200)
    expect(wordsOf(question)).toContain('This creates a new link.')
    expect(await statusOf(path)).toBe(200)
  })

  test('gives at least the usual days, and keeps more', async () => {
    const days = async ({ id }: { id: string }) =>
      Math.round(((await inviteRow(purser.northwind, { id })).expiresAt.getTime() - Date.now()) / 86_400_000)
    const { row: single } = await invited(owner, purser.northwind)
    await change(single, { expiresAt: new Date() })
    await regenerate(single)
    expect(await days(single)).toBe(7)
    expect(await statusOf(await pathShown(owner, single))).toBe(200)
    const { row: long } = await invited(owner, purser.northwind, { kind: 'reusable', expiresInDays: '200' })
    await regenerate(long)
    expect(await days(long)).toBe(200)
  })

  test('a second press of the same page is told', async () => {
    const { row } = await invited(owner, purser.northwind)
    const page = await owner.get(addressOf(row))
    const press = () => owner.submit(page, {}, { action: addressOf(row) })
    await press()
    expect(refusalOf(await press())).toContain('a moment ago')
    expect(valueOf(await owner.get(addressOf(row)), 'generation', addressOf(row))).toBe('2')
    expect((await owner.post(addressOf(row), { csrf: await tokenOf(owner) })).status).toBe(303)
  })

  test('does not bring back what is used up or revoked', async () => {
    for (const [data, words] of [
      [{ uses: 1 }, 'used up'],
      [{ revokedAt: new Date() }, 'was revoked'],
    ] as const) {
      const { row } = await invited(owner, purser.northwind)
      await change(row, data)
      const answer = await owner.post(addressOf(row), { csrf: await tokenOf(owner) })
      expect(answer.status).toBe(409)
      expect(refusalOf(answer)).toContain(words)
      expect((await inviteRow(purser.northwind, row)).generation).toBe(1)
      const question = await owner.get(addressOf(row))
      expect(refusalOf(question)).toContain(words)
      expect(question.html.querySelector(`form[action="${addressOf(row)}"]`)).toBeNull()
      expect((await owner.get('/invites')).html.querySelector(`a[href="${addressOf(row)}"]`)).toBeNull()
    }
  })

  test('the reseller’s own link always comes back to life', async () => {
    const path = await ownPath(owner)
    const own = await prisma().invite.findFirstOrThrow({
      where: { resellerId: purser.northwind.reseller.id, staffId: null },
    })
    for (const data of [{ revokedAt: new Date() }, { expiresAt: new Date() }]) {
      await change(own, data)
      expect(await ownPath(owner)).toBe('')
      expect((await owner.get('/customers')).text).toContain('href="/invites"')
      expect((await regenerate(own)).status).toBe(303)
      const next = await ownPath(owner)
      expect(await statusOf(next)).toBe(200)
      expect(await statusOf(path)).toBe(410)
      expect((await join(purser.visitor(), next)).status).toBe(303)
    }
  })

  test('does not mail by itself', async () => {
    await invite(owner, { email: 'mailed@somewhere.example' })
    const row = await prisma().invite.findFirstOrThrow({ where: { email: 'mailed@somewhere.example' } })
    await regenerate(row)
    expect(await prisma().mail.count({ where: { toEmail: 'mailed@somewhere.example' } })).toBe(1)
  })
})
