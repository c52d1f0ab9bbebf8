import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SetTags } from '../../src/tags/set.ts'
import { by } from '../support/caller.ts'
import { type House, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Known, customerRow } from '../support/rows.ts'
import { statementsOf } from '../support/statements.ts'
import { type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

/** Without the schema, which reads a comma in a name as the end of the name. */
async function setTags({ system }: House, { id }: Known, tags: string[]) {
  await SetTags.run(by(system), await SetTags.on(by(system), { id }), { tags })
}

/** A tag that so many new customers wear. */
async function worn(name: string, count = 1, house: House = purser.northwind) {
  const customers: Known[] = []
  for (let n = 0; n < count; n++) {
    const customer = await makeCustomer(house)
    await setTags(house, customer, [name])
    customers.push(customer)
  }
  return { ...(await tagOf(name, house)), customers }
}

const findTags = (name: string, { reseller }: House) =>
  purser.services.database.prisma.tag.findMany({
    where: { resellerId: reseller.id, key: name.toLowerCase() },
  })

async function tagOf(name: string, house: House = purser.northwind) {
  const [tag] = await findTags(name, house)
  if (!tag) throw new Error(`There is no tag ${name}.`)
  return tag
}

const isGone = async (name: string) => (await findTags(name, purser.northwind)).length === 0

const wearsOf = async (customer: Known) =>
  (await customerRow(purser.northwind, customer)).tags.map(({ tag }) => tag.name).sort()

const edit = (tag: { id: string }, browser = owner) => browser.get(`/tags/${tag.id}/edit`)

async function eventsOf(event: string) {
  const rows = await purser.services.database.prisma.auditRow.findMany({
    where: { resellerId: purser.northwind.reseller.id, event },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
  })
  return rows.map(({ details, actorName }) => ({ details, actorName }))
}

test('a tag leads to the customers who have it, and in the list adds to the filter that is on', async () => {
  const { customers } = await worn('R&D, 100% "A"', 2)
  const [customer, other] = customers as [Known, Known]
  const hrefOn = async (address: string) =>
    (await owner.get(address)).html.querySelector('a.tag-chip')?.getAttribute('href') ?? ''
  const tag = new URLSearchParams({ tag: 'R&D, 100% "A"' }).toString()
  expect(await hrefOn(`/customers/${customer.id}`)).toBe(`/customers?${tag}`)
  expect(await hrefOn(`/customers?q=${customer.id}&state=ON&type=individual&sort=email`)).toBe(
    `/customers?q=${customer.id}&state=ON&type=individual&${tag}&sort=email`,
  )
  const list = await owner.get(`/customers?${tag}`)
  expect(list.text).toContain(`/customers/${customer.id}"`)
  expect(list.text).toContain(`/customers/${other.id}"`)
})

describe('the tags page', () => {
  test('counts who wears each tag and leads to them', async () => {
    await worn('counted', 3)
    const page = await owner.get('/tags')
    const row = page.html.querySelectorAll('tbody tr').find((tr) => tr.textContent.includes('counted'))
    expect(row?.querySelector('a.tag-chip')?.getAttribute('href')).toBe('/customers?tag=counted')
    const link = row?.querySelector('td.figures a')
    expect(link?.textContent.trim()).toBe('3 customers')
    expect(link?.getAttribute('href')).toBe('/customers?tag=counted')
    const list = await owner.get('/customers?tag=counted')
    expect(list.html.querySelectorAll('table.customers tbody tr')).toHaveLength(3)
  })

  test('a tag with signs of addresses in its name finds its customers too', async () => {
    const { customers } = await worn('R&D + 50% "ÄÖ"?')
    const link = (await owner.get('/tags')).html
      .querySelectorAll('td a')
      .map((a) => a.getAttribute('href') ?? '')
      .find((href) => href.includes('R%26D'))
    expect((await owner.get(link ?? '')).text).toContain(`/customers/${customers[0]?.id}`)
  })

  test('shows none of another reseller, and costs one statement for all of them', async () => {
    await worn('of eastgate alone', 1, purser.eastgate)
    const few = await statementsOf(() => owner.get('/tags'))
    for (let n = 0; n < 5; n++) await worn(`one more ${n}`)
    expect(await statementsOf(() => owner.get('/tags'))).toBe(few)
    // One of them counts what waits for this person's decision.
    expect(few).toBeLessThanOrEqual(4)
    expect((await owner.get('/tags')).text).not.toContain('of eastgate alone')
  })

  test('without any it says where tags come from', async () => {
    const empty = await startPurser()
    try {
      const boss = await empty.as(empty.northwind.staff.owner)
      expect(wordsOf(await boss.get('/tags'))).toContain('choose Set Tag')
    } finally {
      await empty.stop()
    }
  })
})

describe('rename and colour', () => {
  test('hold for everybody who wears it, in list and search of tags', async () => {
    const tag = await worn('before', 2)
    const answer = await owner.submit(
      await edit(tag),
      { name: 'After', colour: 'purple' },
      { action: `/tags/${tag.id}` },
    )
    expect([answer.status, answer.location]).toEqual([303, '/tags'])
    expect(flashOf(await owner.follow(answer))).toContain('Saved tag After')
    expect(await tagOf('after')).toMatchObject({ id: tag.id, name: 'After', colour: 'purple' })
    const list = await owner.get('/customers?tag=AFTER')
    expect(list.html.querySelectorAll('.tag-chip.tone-purple')).toHaveLength(2)
    expect((await eventsOf('tag.changed'))[0]).toEqual({
      actorName: purser.northwind.staff.owner.email,
      details: { from: 'before', to: 'After', colour: 'purple' },
    })
  })

  test('another way of writing the same word is no clash', async () => {
    const tag = await worn('vip lounge')
    await owner.submit(await edit(tag), { name: 'VIP Lounge' }, { action: `/tags/${tag.id}` })
    expect((await tagOf('vip lounge')).name).toBe('VIP Lounge')
  })

  test('the name of another tag is a sentence at the field', async () => {
    const tag = await worn('clashing')
    await worn('taken')
    const answer = await owner.submit(await edit(tag), { name: 'TAKEN' }, { action: `/tags/${tag.id}` })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'name')).toContain('The tag TAKEN already exists')
    expect(valueOf(answer, 'name', `/tags/${tag.id}`)).toBe('TAKEN')
    expect((await tagOf('clashing')).id).toBe(tag.id)
  })

  test.each([
    ['name', { name: ' ' }, 'This field is required.'],
    ['name', { name: 'x'.repeat(41) }, 'Use at most 40 characters.'],
    ['name', { name: 'a, b' }, 'A tag cannot contain a comma'],
    ['colour', { colour: 'ultraviolet' }, 'Choose one'],
    ['colour', { colour: '__proto__' }, 'Choose one'],
  ])('%s %j is a sentence at the field', async (field, fields, sentence) => {
    const tag = await worn(`strict ${field}`)
    const answer = await owner.submit(await edit(tag), fields, { action: `/tags/${tag.id}` })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toContain(sentence)
  })

  test('of two at once one is told', async () => {
    const tag = await worn('steady')
    const before = (await eventsOf('tag.changed')).length
    const page = await edit(tag)
    const answers = await Promise.all(
      ['steady one', 'steady two'].map((name) => owner.submit(page, { name }, { action: `/tags/${tag.id}` })),
    )
    const made = (await eventsOf('tag.changed')).length - before
    expect(made).toBe(answers.filter(({ status }) => status === 303).length)
    expect(answers.every(({ status }) => [303, 409].includes(status))).toBe(true)
  })
})

describe('merge', () => {
  test('whoever wears the one wears the other then, also who wore both', async () => {
    const from = await worn('merged away', 2)
    const into = await worn('merged into')
    const [both] = from.customers as [Known]
    await setTags(purser.northwind, both, ['merged away', 'merged into', 'third'])
    const answer = await owner.submit(await edit(from), { into: into.id }, { action: '/merger' })
    expect([answer.status, answer.location]).toEqual([303, '/tags'])
    expect(flashOf(await owner.follow(answer))).toContain('Merged merged away into merged into: 2 customers.')
    expect(await isGone('merged away')).toBe(true)
    expect(await wearsOf(both)).toEqual(['merged into', 'third'])
    expect(await wearsOf(from.customers[1] as Known)).toEqual(['merged into'])
    expect((await eventsOf('tag.merged'))[0]?.details).toEqual({
      from: 'merged away',
      into: 'merged into',
      customers: 2,
    })
  })

  test('a name will do as well as an id', async () => {
    const from = await worn('by name')
    await worn('Target')
    await owner.submit(await edit(from), { into: 'TARGET' }, { action: '/merger' })
    expect(await wearsOf(from.customers[0] as Known)).toEqual(['Target'])
  })

  test.each([
    ['', 'This field is required.'],
    ['no such tag', 'Tag not found.'],
    ['itself', 'Choose a different tag'],
    ['00000000-0000-7000-8000-000000000000', 'Tag not found.'],
  ])('into "%s" is a sentence at the field', async (into, sentence) => {
    const from = await worn('itself')
    const answer = await owner.submit(await edit(from), { into }, { action: '/merger' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'into')).toContain(sentence)
    expect(await isGone('itself')).toBe(false)
  })

  test("another reseller's tag is no such tag", async () => {
    const theirs = await worn('theirs', 1, purser.eastgate)
    const from = await worn('ours')
    const answer = await owner.submit(await edit(from), { into: theirs.id }, { action: '/merger' })
    expect(errorAt(answer, 'into')).toContain('Tag not found.')
  })

  test('two that are merged into each other at once leave one of them', async () => {
    const [left, right] = [await worn('left'), await worn('right')]
    const [one, two] = [await edit(left), await edit(right)]
    const answers = await Promise.all([
      owner.submit(one, { into: right.id }, { action: '/merger' }),
      owner.submit(two, { into: left.id }, { action: '/merger' }),
    ])
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(answers.every(({ status }) => [303, 404, 409, 422].includes(status))).toBe(true)
    expect([await isGone('left'), await isGone('right')].filter(Boolean)).toHaveLength(1)
    const wears = [await wearsOf(left.customers[0] as Known), await wearsOf(right.customers[0] as Known)]
    expect(wears[0]).toEqual(wears[1])
  })
})

test('a tag that somebody else changed meanwhile: 409 with who; the color that was not touched stays theirs', async () => {
  const tag = await worn('both')
  const { colour: red } = await tagOf('both')
  const colour = red === 'blue' ? 'green' : 'blue'
  const page = await edit(tag)
  const admin = await purser.as(purser.northwind.staff.admin)
  await admin.submit(await edit(tag, admin), { name: 'theirs', colour }, { action: `/tags/${tag.id}` })
  const conflict = await owner.submit(page, { name: 'mine' }, { action: `/tags/${tag.id}` })
  expect(conflict.status).toBe(409)
  expect(wordsOf(conflict)).toContain('Last change: Admin Person')
  expect(wordsOf(conflict)).toContain('Keep yours: mine Take theirs. Current value: theirs')
  expect((await owner.submit(conflict, {}, { action: `/tags/${tag.id}` })).status).toBe(303)
  expect(await tagOf('mine')).toMatchObject({ id: tag.id, colour })
})

describe('remove', () => {
  test('takes it off everybody and away; the page says before how many that are', async () => {
    const tag = await worn('removed', 2)
    const page = await edit(tag)
    expect(wordsOf(page)).toContain('2 customers have this tag and keep their other tags.')
    const answer = await owner.submit(page, {}, { action: '/removal' })
    expect([answer.status, answer.location]).toEqual([303, '/tags'])
    expect(flashOf(await owner.follow(answer))).toContain('Removed tag removed from 2 customers.')
    expect(await isGone('removed')).toBe(true)
    expect(await wearsOf(tag.customers[0] as Known)).toEqual([])
    expect((await eventsOf('tag.removed'))[0]?.details).toEqual({ name: 'removed', customers: 2 })
  })

  test('while it is being given to others, it is either gone or given, and nobody sees a failure', async () => {
    const tag = await worn('contested')
    const page = await edit(tag)
    const customers = await Promise.all(Array.from({ length: 6 }, () => makeCustomer(purser.northwind)))
    const answers = await Promise.all([
      owner.submit(page, {}, { action: '/removal' }),
      ...customers.map(async (customer) =>
        owner.submit(await owner.get(`/customers/${customer.id}/tags`), { tags: 'contested' }),
      ),
    ])
    expect(answers.every(({ status }) => [303, 409].includes(status))).toBe(true)
  })
})
