import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows, linkRows, mailRows } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const company = {
  kind: 'enterprise',
  legalName: 'Roi SARL',
  companyName: 'Roi',
  taxId: '',
  addressLine1: '1 Quai',
  addressLine2: '',
  city: 'Lyon',
  region: '',
  postalCode: '69001',
  country: 'FR',
  billingEmail: '',
}

let counted = 0
const newEmail = () => `new-${(counted += 1)}@customer.example`
/** The customer that an answer leads to. */
const madeBy = ({ location }: Answer) => ({
  id: location?.split('/').at(-1) ?? '',
  resellerId: purser.northwind.reseller.id,
})
const countOf = (email: string) => purser.services.database.prisma.customer.count({ where: { email } })

async function fill(fields: Record<string, string>, browser = owner, address = '/customers/new') {
  return browser.submit(await browser.get(address), fields)
}

describe('New Customer Account', () => {
  test('makes customer, team, profile, tags and credits, and queues the mail with the link', async () => {
    const email = newEmail()
    const answer = await fill({
      email: email.toUpperCase(),
      name: 'Ada King',
      teamName: 'Kings',
      tags: 'vip, Fresh',
      credits: '1,234.50',
      ...company,
    })
    expect(answer.status).toBe(303)
    const customer = madeBy(answer)
    expect(customer.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{10}$/)
    expect(flashOf(await owner.get('/customers'))).toContain(`Created ${email}`)
    const row = await customerRow(purser.northwind, customer)
    expect(row).toMatchObject({
      email,
      name: 'Ada King',
      credits: 123_450n,
      creditsSeq: 1n,
      emailVerifiedAt: null,
      passwordMark: null,
      registeredVia: 'staff',
      team: {
        name: 'Kings',
        type: 'default',
        ownerCustomerId: customer.id,
        billingProfile: { companyName: 'Roi', billingEmail: email },
      },
    })
    expect(row.tags.map(({ tag }) => tag.name).sort()).toEqual(['Fresh', 'vip'])
    const links = await linkRows(purser.northwind, customer)
    expect(links.map(({ purpose, delivery, email: to }) => [purpose, delivery, to])).toEqual([
      ['set_password', 'mailed', email],
    ])
    const mails = await mailRows(purser.northwind, customer)
    expect(mails.map(({ template, toEmail, values }) => [template, toEmail, values])).toEqual([
      ['set-password', email, { linkId: links[0]?.id, why: 'new_customer' }],
    ])
  })

  test('leaves the audit rows, the posting by the staff member', async () => {
    const customer = madeBy(
      await fill({
        email: newEmail(),
        name: 'Bo',
        teamName: 'Bos',
        credits: '5',
        tags: 'audited',
        ...company,
      }),
    )
    const [created] = await eventRows(purser.northwind, customer, 'customer.created')
    const { email } = await customerRow(purser.northwind, customer)
    expect(created).toMatchObject({ actorName: 'owner@northwind.example', details: { email, team: 'Bos' } })
    const [set] = await eventRows(purser.northwind, customer, 'credits.set')
    expect(set).toMatchObject({ actorName: 'owner@northwind.example' })
    expect(set?.details).toMatchObject({ before: '0', after: '500', reason: 'other' })
    expect(await eventRows(purser.northwind, customer, 'customer.tagged')).toHaveLength(1)
    expect(await eventRows(purser.northwind, customer, 'billing_profile.changed')).toHaveLength(1)
  })

  test('with address and name alone makes a Default team of the customer’s name', async () => {
    const customer = madeBy(await fill({ email: newEmail(), name: 'Cy Only' }))
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      credits: 0n,
      tags: [],
      team: { name: 'Cy Only', type: 'default', billingProfile: null },
    })
  })

  test('into a team that was found: its owner and profile stay', async () => {
    const first = await makeCustomer(purser.northwind, { teamName: 'Findable Crew', teamType: 'enterprise' })
    const search = await owner.get('/customers/new?q=findable')
    const address = search.html.querySelector('a.choice-label')?.getAttribute('href') ?? ''
    const form = await owner.get(address)
    expect(wordsOf(form)).toContain('This team already has a billing profile')
    const customer = madeBy(await owner.submit(form, { email: newEmail(), name: 'Second' }))
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      teamId: first.teamId,
      team: { type: 'enterprise', ownerCustomerId: first.id },
    })
  })

  test.each(['Smith', 'SMITH', 'Sm\u200dith', '\uff33mith'])(
    'under a name that reads as that of a team that is there (%o) makes another team, and says so',
    async (teamName) => {
      const first = await makeCustomer(purser.northwind, { teamName: 'Smith' })
      const customer = madeBy(await fill({ email: newEmail(), name: 'Di', teamName }))
      expect(flashOf(await owner.get('/customers'))).toContain('Another team is also called')
      expect((await customerRow(purser.northwind, customer)).teamId).not.toBe(first.teamId)
    },
  )

  test('under a name of its own it says nothing of another team', async () => {
    await makeCustomer(purser.northwind, { teamName: 'Smith' })
    madeBy(await fill({ email: newEmail(), name: 'Di', teamName: 'Smithy' }))
    expect(flashOf(await owner.get('/customers'))).not.toContain('another team')
  })

  test('who may edit but not post money sees no field for credits, and is refused them', async () => {
    const { prisma } = purser.owner
    const at = { resellerId_id: { resellerId: purser.northwind.reseller.id, id: 'admin' } }
    const { permissions } = await prisma.role.findUniqueOrThrow({ where: at })
    await prisma.role.update({
      where: at,
      data: { permissions: permissions.filter((permission) => permission !== 'money.post') },
    })
    try {
      const admin = await purser.as(purser.northwind.staff.admin)
      const form = await admin.get('/customers/new')
      expect(form.html.querySelector('[name="credits"]')).toBeNull()
      const email = newEmail()
      expect((await admin.submit(form, { email, name: 'Moneyless', credits: '5' })).status).toBe(403)
      expect(await countOf(email)).toBe(0)
      expect((await admin.submit(form, { email, name: 'Moneyless' })).status).toBe(303)
    } finally {
      await prisma.role.update({ where: at, data: { permissions } })
    }
  })

  test.each([
    ['email', '', 'This field is required.'],
    ['email', 'nobody@', 'Enter an e-mail address'],
    ['name', ' ', 'This field is required.'],
    ['teamName', 'x'.repeat(121), 'Use at most 120 characters.'],
    ['credits', '12,34', 'Enter an amount such as 1234.50'],
    ['credits', '-5', 'Enter an amount such as 1234.50'],
    ['tags', 'x'.repeat(41), 'Use at most 40 characters for a tag.'],
    ['kind', '', 'Choose individual or enterprise, or leave all billing fields empty.'],
    ['companyName', '', 'This field is required.'],
    ['postalCode', '', 'Enter a postal code. It is required in this country.'],
  ])(
    'a wrong %s (%j) is a sentence at the field, keeps what was typed and makes nothing',
    async (field, value, sentence) => {
      const teamName = `Untouched ${field}`
      const fields = { email: newEmail(), name: 'Kept', teamName, tags: 'kept', credits: '7', ...company }
      const answer = await fill({ ...fields, [field]: value })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, field)).toContain(sentence)
      for (const [name, typed] of Object.entries({ ...fields, [field]: value })) {
        if (!['kind', 'country'].includes(name)) expect(valueOf(answer, name)).toBe(typed)
      }
      expect(await countOf(fields.email)).toBe(0)
      expect(await purser.services.database.prisma.team.count({ where: { name: teamName } })).toBe(0)
    },
  )

  test('an address that is taken says so with a link to that customer', async () => {
    const other = await makeCustomer(purser.northwind)
    const answer = await fill({ email: other.email, name: 'Again', teamName: 'Not made' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'email')).toContain('A customer with this address already exists.')
    expect(answer.html.querySelector('.field-error a')?.getAttribute('href')).toBe(`/customers/${other.id}`)
    expect(await purser.services.database.prisma.team.count({ where: { name: 'Not made' } })).toBe(0)
  })

  test('an address that another reseller’s customer has is free', async () => {
    const stranger = await makeCustomer(purser.eastgate)
    expect((await fill({ email: stranger.email, name: 'Also here' })).status).toBe(303)
  })

  test('another reseller’s team, or none, is a sentence', async () => {
    const stranger = await makeCustomer(purser.eastgate)
    for (const teamId of [stranger.teamId, 'abc', '00000000-0000-7000-8000-000000000000']) {
      expect((await owner.get(`/customers/new?teamId=${teamId}`)).status).toBe(404)
      const email = newEmail()
      const answer = await fill({ email, name: 'Lost', teamId })
      expect(answer.status).toBe(422)
      expect(answer.html.querySelector('#teamId-error')?.textContent).toContain('Team not found')
      expect(await countOf(email)).toBe(0)
    }
  })

  test('a team and a new team’s name at once, or a second profile for a team, are refused', async () => {
    const first = await makeCustomer(purser.northwind, { teamType: 'enterprise' })
    const both = await fill({ email: newEmail(), name: 'Both', teamId: first.teamId, teamName: 'New' })
    expect([both.status, wordsOf(both)]).toEqual([422, expect.stringContaining('Check one field')])
    const email = newEmail()
    const answer = await fill({ email, name: 'Profile', teamId: first.teamId, ...company })
    expect(answer.status).toBe(422)
    expect(wordsOf(answer)).toContain('This team already has a billing profile')
    expect(await countOf(email)).toBe(0)
  })

  test('two forms with the same address at once: one gets it, the other is told', async () => {
    const forms = await Promise.all([owner.get('/customers/new'), owner.get('/customers/new')])
    const email = newEmail()
    const answers = await Promise.all(forms.map((form) => owner.submit(form, { email, name: 'Race' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422])
    expect(await countOf(email)).toBe(1)
  })

  test('Back, another address and the same form: 409 with a link, and sending again makes the second', async () => {
    const form = await owner.get('/customers/new')
    const first = await owner.submit(form, { email: newEmail(), name: 'One' })
    const email = newEmail()
    const answer = await owner.submit(form, { email, name: 'Two' })
    expect(answer.status).toBe(409)
    expect(refusalOf(answer)).toContain('has already created')
    expect(answer.html.querySelector(`main a[href="${first.location}"]`)).not.toBeNull()
    expect(valueOf(answer, 'email')).toBe(email)
    expect((await owner.submit(answer)).status).toBe(303)
    expect(await countOf(email)).toBe(1)
  })

  test('ten new customers of one team with the same tags at once: no deadlock, one owner', async () => {
    const first = await makeCustomer(purser.northwind)
    await owner.post(`/customers/${first.id}/team`, {
      csrf: valueOf(await owner.get('/customers'), 'csrf') ?? '',
      newTeamName: 'Crew',
    })
    const { teamId } = first
    const forms = await Promise.all(
      Array.from({ length: 10 }, () => owner.get(`/customers/new?teamId=${teamId}`)),
    )
    const answers = await Promise.all(
      forms.map((form) => owner.submit(form, { email: newEmail(), name: 'Crew', tags: 'at once, crew' })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(303))
    const owners = await Promise.all(answers.map((answer) => customerRow(purser.northwind, madeBy(answer))))
    expect(new Set(owners.map(({ team }) => team.ownerCustomerId)).size).toBe(1)
    expect(answers.map((answer) => madeBy(answer).id)).toContain(owners[0]?.team.ownerCustomerId)
  })

  test('a script without a key makes a customer each time', async () => {
    const csrf = valueOf(await owner.get('/customers'), 'csrf') ?? ''
    for (const email of [newEmail(), newEmail()])
      expect((await owner.post('/customers', { csrf, email, name: 'Script' })).status).toBe(303)
  })

  test('amounts are in the reseller’s currency: yen have no decimals', async () => {
    const browser = await purser.as(purser.eastgate.staff.owner)
    const answer = await fill({ email: newEmail(), name: 'Yen', credits: '5.5' }, browser)
    expect(errorAt(answer, 'credits')).toContain('JPY has no decimals')
    const made = await browser.submit(answer, { credits: '5,000' })
    const customer = { id: madeBy(made).id, resellerId: purser.eastgate.reseller.id }
    expect((await customerRow(purser.eastgate, customer)).credits).toBe(5000n)
  })
})
