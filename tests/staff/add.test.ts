import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, valueOf, wordsOf } from '../support/visit.ts'

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
  test('makes a member whose link, shown once, sets the password; the mailed one ends with it', async () => {
    const email = 'mia@northwind.example'
    const answer = await add(owner, { email: 'Mia@Northwind.example', name: 'Mia Stone', role: 'finance' })
    expect(answer.status).toBe(303)
    expect(answer.location).not.toMatch(/set-password/)
    const mia = await prisma().staff.findFirstOrThrow({ where: { email } })
    expect(mia).toMatchObject({
      resellerId: purser.northwind.reseller.id,
      name: 'Mia Stone',
      roleId: 'finance',
      state: 'ON',
      passwordHash: null,
    })

    const shown = await owner.follow(answer)
    expect(shown.headers.get('Cache-Control')).toBe('no-store')
    const address = shown.html.getElementById('password-link')?.getAttribute('value') ?? ''
    expect(address).toMatch(/\/set-password\//)
    // No cookie and no address of the portal ever held it.
    expect([...owner.cookies.values()].join(' ')).not.toContain(address.split('.').at(-1))
    const again = await owner.follow(answer)
    expect(again.text).not.toContain('/set-password/')
    expect(wordsOf(again)).toContain('This link was already shown')

    const [mail] = await prisma().mail.findMany({ where: { staffId: mia.id } })
    expect(mail).toMatchObject({ toEmail: email, template: 'set-password' })
    const links = await prisma().oneTimeLink.findMany({ where: { staffId: mia.id }, orderBy: { id: 'asc' } })
    expect(links.map(({ delivery }) => delivery)).toEqual(['mailed', 'copied'])
    expect(mail?.values).toEqual({ linkId: links[0]?.id, why: 'new_staff' })

    const browser = purser.visitor()
    const form = await browser.get(new URL(address).pathname)
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

  test('nobody of another reseller is shown', async () => {
    const outsider = await purser.as(purser.eastgate.staff.owner)
    expect(wordsOf(await outsider.get('/staff'))).not.toContain('northwind.example')
  })

  test('a link is shown to nobody else: not a stranger, not under another member', async () => {
    const answer = await add(owner, { email: 'ned@northwind.example', name: 'Ned', role: 'support' })
    const path = answer.location ?? ''
    const outsider = await purser.as(purser.eastgate.staff.owner)
    expect((await outsider.get(path)).status).toBe(404)
    const { admin } = purser.northwind.staff
    const under = path.replace(/^\/staff\/[^/]+/, `/staff/${admin.id}`)
    expect((await owner.get(under)).text).not.toContain('/set-password/')
    await owner.send('HEAD', path)
    expect((await owner.get(path)).text).toContain('/set-password/')
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
    expect(await prisma().oneTimeLink.count({ where: { staffId: id } })).toBe(2)
  })

  test('a lost link is made anew while there is no password; then never again', async () => {
    const email = 'lou@northwind.example'
    const first = await owner.follow(await add(owner, { email, name: 'Lou', role: 'admin' }))
    const old = first.html.getElementById('password-link')?.getAttribute('value') ?? ''
    const { id } = await prisma().staff.findFirstOrThrow({ where: { email } })
    const renewed = await owner.submit(await owner.get('/staff'), {}, { action: `/staff/${id}/link` })
    expect(renewed.status).toBe(303)
    const fresh =
      (await owner.follow(renewed)).html.getElementById('password-link')?.getAttribute('value') ?? ''
    expect(fresh).not.toBe(old)
    const browser = purser.visitor()
    expect((await browser.get(new URL(old).pathname)).status).toBe(410)
    expect(await prisma().mail.count({ where: { staffId: id } })).toBe(2)
    const list = await owner.get('/staff')
    await browser.submit(await browser.get(new URL(fresh).pathname), { password: NEW })
    const refused = await owner.submit(list, {}, { action: `/staff/${id}/link` })
    expect(refused.status).toBe(409)
    expect(wordsOf(refused)).toContain('already has a password')
    expect(await prisma().oneTimeLink.count({ where: { staffId: id, usedAt: null, revokedAt: null } })).toBe(
      0,
    )
  })
})
