import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paths } from '../../src/paths.ts'
import { linkToken } from '../../src/people/one-time-link.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const NEW = 'zebra lamp river moon'
const prisma = () => purser.owner.prisma
const add = async (browser: Visitor, fields: Record<string, string>) =>
  browser.submit(await browser.get('/staff'), fields, { action: '/staff' })

describe('adding a staff member', () => {
  test('makes a member whose link is mailed, and shown to nobody who adds them', async () => {
    const email = 'mia@northwind.example'
    const answer = await add(owner, { email: 'Mia@Northwind.example', name: 'Mia Stone', role: 'finance' })
    expect([answer.status, answer.location]).toEqual([303, '/staff'])
    const mia = await prisma().staff.findFirstOrThrow({ where: { email } })
    expect(mia).toMatchObject({
      resellerId: purser.northwind.reseller.id,
      name: 'Mia Stone',
      roleId: 'finance',
      state: 'ON',
      passwordMark: null,
    })
    const [link, ...others] = await prisma().oneTimeLink.findMany({ where: { staffId: mia.id } })
    if (!link) throw new Error('No link was made.')
    expect(others).toEqual([])
    expect(link).toMatchObject({ delivery: 'mailed', shownAt: null })
    const [mail] = await prisma().mail.findMany({ where: { staffId: mia.id } })
    expect(mail).toMatchObject({ toEmail: email, template: 'set-password' })
    expect(mail?.values).toEqual({ linkId: link.id, why: 'new_staff' })

    // Neither where they land, nor where it was shown once, nor in a cookie, nor among the e-mails.
    const places = ['/staff', `/staff/${mia.id}/link`, `/staff/${mia.id}/link/${link.id}`]
    for (const place of [...places, '/mails', `/mails/${mail?.id}`, '/audit']) {
      expect((await owner.get(place)).text).not.toContain('/set-password/')
    }
    const token = linkToken(purser.services.keys, link)
    expect([...owner.cookies.values()].join(' ')).not.toContain(token.split('.').at(-1))

    const browser = purser.visitor()
    const form = await browser.get(paths.setPassword(token))
    expect((await browser.submit(form, { password: NEW })).status).toBe(303)
    const open = await prisma().oneTimeLink.count({
      where: { staffId: mia.id, usedAt: null, revokedAt: null },
    })
    expect(open).toBe(0)
    await browser.submit(await browser.get('/login'), { email, password: NEW })
    expect((await browser.get('/customers')).status).toBe(200)

    const rows = await prisma().auditRow.findMany({
      where: { details: { path: ['email'], equals: email } },
      orderBy: { id: 'asc' },
    })
    expect(rows.map(({ event, actorName }) => [event, actorName])).toEqual([
      ['staff.added', purser.northwind.staff.owner.email],
      ['staff.password_link_made', purser.northwind.staff.owner.email],
      ['staff.password_set', email],
    ])
  })

  test('where no e-mail leaves, the page says how the link is printed on the host, until there is a password', async () => {
    const email = 'host@northwind.example'
    const answer = await add(owner, { email, name: 'Host', role: 'support' })
    const page = await owner.follow(answer)
    const command = `npm run staff:link -- ${email}`
    expect(flashOf(page)).toContain('run the command npm run staff:link on the host')
    expect(wordsOf(page)).toContain(command)
    const { id } = await prisma().staff.findFirstOrThrow({ where: { email } })
    const renewed = await owner.submit(page, {}, { action: `/staff/${id}/link` })
    expect(flashOf(await owner.follow(renewed))).toContain('run the command npm run staff:link on the host')
    await prisma().staff.updateMany({ where: { id }, data: { passwordHash: 'anything' } })
    expect(wordsOf(await owner.get('/staff'))).not.toContain(command)
  })

  test('nobody of another reseller is shown', async () => {
    const outsider = await purser.as(purser.eastgate.staff.owner)
    expect(wordsOf(await outsider.get('/staff'))).not.toContain('northwind.example')
  })

  test.each(['admin@northwind.example', 'owner@eastgate.example'])(
    'an address that somebody has already is refused, without saying where: %s',
    async (email) => {
      const answer = await add(owner, { email, name: 'Twice', role: 'admin' })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, 'email')).toBe(
        'This address cannot be added because it is already used to log in to Purser.',
      )
      expect(answer.text).not.toContain('Eastgate')
      expect(valueOf(answer, 'email')).toBe(email)
    },
  )

  test.each([
    ['email', { email: 'nonsense', name: 'A', role: 'admin' }],
    ['name', { email: 'a@b.example', name: ' ', role: 'admin' }],
    ['role', { email: 'a@b.example', name: 'A', role: 'king' }],
    ['role', { email: 'a@b.example', name: 'A', role: '' }],
  ])('a wrong %s is a sentence at the field and keeps what was typed', async (field, fields) => {
    const answer = await add(owner, fields)
    expect(answer.status).toBe(422)
    const control = answer.html.querySelector(`form[action="/staff"] [name="${field}"]`)
    expect(control?.getAttribute('aria-invalid')).toBe('true')
    expect(answer.html.querySelector('form[action="/staff"] [name="email"]')?.getAttribute('value')).toBe(
      fields.email,
    )
  })

  test('of two at once with one address one is added', async () => {
    const form = await owner.get('/staff')
    const fields = { email: 'once@northwind.example', name: 'Once', role: 'auditor' }
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => owner.submit(form, fields, { action: '/staff' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422])
    const { id } = await prisma().staff.findFirstOrThrow({ where: { email: fields.email } })
    expect(await prisma().oneTimeLink.count({ where: { staffId: id } })).toBe(1)
  })

  test('a lost link is mailed anew while there is no password; then never again', async () => {
    const email = 'lou@northwind.example'
    await add(owner, { email, name: 'Lou', role: 'admin' })
    const { id } = await prisma().staff.findFirstOrThrow({ where: { email } })
    const newest = async () => {
      const where = { staffId: id, revokedAt: null }
      return paths.setPassword(
        linkToken(purser.services.keys, await prisma().oneTimeLink.findFirstOrThrow({ where })),
      )
    }
    const old = await newest()
    const renewed = await owner.submit(await owner.get('/staff'), {}, { action: `/staff/${id}/link` })
    expect(renewed.status).toBe(303)
    expect((await owner.follow(renewed)).text).not.toContain('/set-password/')
    const fresh = await newest()
    expect(fresh).not.toBe(old)
    const browser = purser.visitor()
    expect((await browser.get(old)).status).toBe(410)
    expect(await prisma().mail.count({ where: { staffId: id } })).toBe(2)
    const list = await owner.get('/staff')
    await browser.submit(await browser.get(fresh), { password: NEW })
    const refused = await owner.submit(list, {}, { action: `/staff/${id}/link` })
    expect(refused.status).toBe(409)
    expect(wordsOf(refused)).toContain('already has a password')
    expect(await prisma().oneTimeLink.count({ where: { staffId: id, usedAt: null, revokedAt: null } })).toBe(
      0,
    )
  })
})
