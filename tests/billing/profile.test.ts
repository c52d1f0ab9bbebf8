import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COUNTRIES, POSTAL_CODE_COUNTRIES, countryOptions } from '../../src/billing/countries.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const profileAt = ({ id }: { id: string }) => `/customers/${id}/billing/profile`
const nowAt = (answer: Answer, field: string) =>
  answer.html.querySelector(`#field-${field}-now strong`)?.textContent ?? ''

const person = {
  kind: 'individual',
  legalName: 'Ada King',
  companyName: '',
  taxId: 'DE 123',
  addressLine1: 'Uferstr. 1',
  addressLine2: '',
  city: 'Kiel',
  region: '',
  postalCode: '24103',
  country: 'DE',
  billingEmail: 'bills@customer.example',
}
const company = { ...person, kind: 'enterprise', companyName: 'King & Söhne GmbH' }

/** A verified customer whose team has no billing profile yet. */
async function verified() {
  const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
  return purser.owner.prisma.customer.update({
    where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
    data: { emailVerifiedAt: new Date() },
  })
}

describe('the billing profile', () => {
  test('is added: the team gets its kind, and search and list find the company', async () => {
    const customer = await verified()
    const form = await owner.get(profileAt(customer))
    expect(valueOf(form, 'billingEmail')).toBe(customer.email)
    const answer = await owner.submit(form, company)
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    expect(flashOf(await owner.get('/customers'))).toContain('Saved the billing profile')
    const { team } = await customerRow(purser.northwind, customer)
    expect(team).toMatchObject({ type: 'enterprise', billingProfile: { ...company, version: 1 } })
    const list = await owner.get('/customers?q=king+%26+s%C3%B6hne')
    expect(list.text).toContain(customer.email)
    expect(list.text).toContain('King &amp; Söhne GmbH')
  })

  test('of another kind changes the team’s type, and an individual has no company name', async () => {
    const customer = await verified()
    await owner.submit(await owner.get(profileAt(customer)), company)
    // Without script the company's name stands in the form and is sent.
    await owner.submit(await owner.get(profileAt(customer)), { kind: 'individual' })
    const { team } = await customerRow(purser.northwind, customer)
    expect(team).toMatchObject({ type: 'individual', billingProfile: { companyName: null, version: 2 } })
  })

  test('does not lift the team out of Default before the owner’s address is verified', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    await owner.submit(await owner.get(profileAt(customer)), person)
    expect((await customerRow(purser.northwind, customer)).team.type).toBe('default')
  })

  test.each([
    ['kind', '', 'Choose individual or enterprise.'],
    ['kind', 'charity', 'Choose one of the options.'],
    ['legalName', '', 'This field is required.'],
    ['companyName', '  ', 'This field is required.'],
    ['addressLine1', '', 'This field is required.'],
    ['city', '', 'This field is required.'],
    ['city', 'x'.repeat(101), 'Use at most 100 characters.'],
    ['country', '', 'Choose a country.'],
    ['country', 'XX', 'Choose a country from the list.'],
    ['postalCode', '', 'Enter a postal code. It is required in this country.'],
    ['billingEmail', 'nobody', 'Enter an e-mail address'],
    ['billingEmail', '', 'This field is required.'],
  ])(
    'with a wrong %s (%j) is a sentence at the field and keeps what was typed',
    async (field, value, sentence) => {
      const customer = await verified()
      const answer = await owner.submit(await owner.get(profileAt(customer)), { ...company, [field]: value })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, field)).toContain(sentence)
      expect(valueOf(answer, 'taxId')).toBe(company.taxId)
      if (!['kind', 'country'].includes(field)) expect(valueOf(answer, field)).toBe(value)
      expect((await customerRow(purser.northwind, customer)).team.billingProfile).toBeNull()
    },
  )

  test('where a country has no postal codes, none is asked for', async () => {
    const customer = await verified()
    const fields = { ...person, country: 'ae', postalCode: '', city: 'Dubai' }
    expect((await owner.submit(await owner.get(profileAt(customer)), fields)).status).toBe(303)
    const { team } = await customerRow(purser.northwind, customer)
    expect(team.billingProfile?.country).toBe('AE')
  })

  test('is not taken away by an empty kind', async () => {
    const customer = await verified()
    await owner.submit(await owner.get(profileAt(customer)), person)
    const answer = await owner.submit(await owner.get(profileAt(customer)), { kind: '' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'kind')).toContain('can be edited, but not removed')
    expect((await customerRow(purser.northwind, customer)).team.type).toBe('individual')
  })

  test('saved by two at once: one gets through, the other sees both values and can send again', async () => {
    const customer = await verified()
    await owner.submit(await owner.get(profileAt(customer)), person)
    const form = await owner.get(profileAt(customer))
    const cities = ['Hamburg', 'Bremen']
    const answers = await Promise.all(cities.map((city) => owner.submit(form, { city, country: 'FR' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    const lost = answers.find(({ status }) => status === 409) as Answer
    const saved = (await customerRow(purser.northwind, customer)).team.billingProfile
    expect(refusalOf(lost)).toContain('Changed in another window')
    expect(nowAt(lost, 'city')).toBe(saved?.city)
    expect(cities).toContain(valueOf(lost, 'city'))
    expect(nowAt(lost, 'country')).toBe('')
    expect((await owner.submit(lost, { taxId: 'DE 9' })).status).toBe(303)
    const after = (await customerRow(purser.northwind, customer)).team.billingProfile
    expect(after).toMatchObject({ city: valueOf(lost, 'city'), taxId: 'DE 9', version: 3 })
  })

  test('added by two at once: the second sees what the first gave, with the country by its name', async () => {
    const customer = await verified()
    const form = await owner.get(profileAt(customer))
    const answers = await Promise.all([
      owner.submit(form, person),
      owner.submit(form, { ...person, country: 'FR', kind: 'enterprise', companyName: 'Roi SARL' }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    const lost = answers.find(({ status }) => status === 409) as Answer
    const [mine, theirs] = valueOf(lost, 'country') === 'FR' ? ['FR', 'Germany'] : ['DE', 'France']
    expect([valueOf(lost, 'country'), nowAt(lost, 'country')]).toEqual([mine, theirs])
    expect(nowAt(lost, 'kind')).toBe(mine === 'FR' ? 'Individual' : 'Enterprise')
  })

  test('sent by a script without a version takes what stands there as seen', async () => {
    const customer = await verified()
    const csrf = valueOf(await owner.get('/customers'), 'csrf') ?? ''
    for (const city of ['Kiel', 'Lübeck'])
      expect((await owner.post(profileAt(customer), { csrf, ...person, city })).status).toBe(303)
    expect((await customerRow(purser.northwind, customer)).team.billingProfile?.city).toBe('Lübeck')
  })

  test('leaves an audit row with before and after', async () => {
    const customer = await verified()
    await owner.submit(await owner.get(profileAt(customer)), person)
    await owner.submit(await owner.get(profileAt(customer)), { city: 'Plön', taxId: '' })
    const [, row] = await eventRows(purser.northwind, customer, 'billing_profile.changed')
    expect(row?.details).toMatchObject({ kind: 'individual', changed: ['taxId', 'city'] })
    expect(row?.details).toMatchObject({ before: ['DE 123', 'Kiel'], after: ['', 'Plön'] })
  })
})

describe('countries', () => {
  test('are those of ISO 3166-1 and Kosovo, each once, with a name in the language of the words', () => {
    expect(new Set(COUNTRIES).size).toBe(250)
    expect(COUNTRIES).toHaveLength(250)
    // There is no German catalogue, so that the page's words are English.
    const options = countryOptions('de')
    expect(options.find(({ value }) => value === 'AT')?.label).toBe('Austria')
    expect(options.every(({ value, label }) => label !== value)).toBe(true)
    const order = options.map(({ label }) => label)
    expect(order.indexOf('Austria')).toBeLessThan(order.indexOf('Panama'))
  })

  test('Kosovo can be chosen, and is written by its name', async () => {
    const customer = await verified()
    const form = await owner.get(profileAt(customer))
    const answer = await owner.submit(form, { ...person, city: 'Prishtina', country: 'XK', postalCode: '' })
    expect(answer.status).toBe(303)
    const { team } = await customerRow(purser.northwind, customer)
    expect(team.billingProfile).toMatchObject({ country: 'XK' })
    expect((await owner.follow(answer)).text).toContain('Kosovo')
  })

  test('that need a postal code are countries', () => {
    for (const code of POSTAL_CODE_COUNTRIES) expect(COUNTRIES).toContain(code)
  })
})
