import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, errorAt, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.services.database.prisma
const resellerId = () => purser.northwind.reseller.id
const namesLike = async (part: string) =>
  (await prisma().tag.findMany({ where: { resellerId: resellerId(), name: { contains: part } } })).map(
    ({ name }) => name,
  )

test('tags that read the same are one, however they are typed', async () => {
  const customer = await makeCustomer(purser.northwind)
  const address = `/customers/${customer.id}/tags`
  for (const typed of ['Gold', 'Go\u200bld', 'Gold\u2064', 'GOLD', 'Go\u200dld', 'Gold\u2800']) {
    const page = await owner.get(address)
    const csrf = valueOf(page, 'csrf') ?? ''
    const shown = valueOf(page, 'shown') ?? ''
    expect((await owner.post(address, { csrf, shown, tags: `${shown},${typed}` })).status).toBe(303)
  }
  expect(await namesLike('ld')).toEqual(['Gold'])
})

test('a name without anything to see, or that turns the text around it, is refused at its field', async () => {
  const customer = await makeCustomer(purser.northwind)
  const page = await owner.get(`/customers/${customer.id}/tags`)
  for (const [typed, said] of [
    ['\u2800', 'no visible characters'],
    ['VIP,\u3164', 'no visible characters'],
    ['VIP\u202e', '(U+202E)'],
    ['VI\u0007P', '(U+0007)'],
  ] as const) {
    const answer = await owner.submit(page, { tags: typed })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'tags')).toContain(said)
  }
  expect(await namesLike('VI')).toEqual([])
})

describe('a tag from before there were rules', () => {
  /** A tag that nobody could make any more, on a new customer. */
  async function withTag(name: string, key: string) {
    const customer = await makeCustomer(purser.northwind)
    const of = { resellerId: resellerId() }
    const tag = { ...of, id: uuidv7(), name, key, colour: 'teal' }
    await prisma().tag.create({ data: tag })
    await prisma().customerTag.create({ data: { ...of, customerId: customer.id, tagId: tag.id } })
    return { id: tag.id, customer, address: `/customers/${customer.id}/tags` }
  }
  const tagsOf = async (customer: { id: string }) => {
    const rows = await prisma().customerTag.findMany({
      where: { resellerId: resellerId(), customerId: customer.id },
      include: { tag: true },
    })
    return rows.map(({ tag }) => tag.name).sort()
  }
  const ticked = (page: Answer) =>
    page.html
      .querySelectorAll('.tag-options > label input[checked]')
      .map((box) => box.getAttribute('value') ?? '')

  test('stays while it is ticked, can be given to others, and is taken off without a tick', async () => {
    const name = 'Sil\u202ever'
    const { customer, address } = await withTag(name, 'silver')
    const page = await owner.get(address)
    expect(ticked(page)).toEqual([name])
    expect((await owner.submit(page, { tags: [name, 'Platinum'] })).status).toBe(303)
    expect(await tagsOf(customer)).toEqual(['Platinum', name])
    const other = await makeCustomer(purser.northwind)
    const theirs = await owner.get(`/customers/${other.id}/tags`)
    expect((await owner.submit(theirs, { tags: [name] })).status).toBe(303)
    expect(await tagsOf(other)).toEqual([name])
    expect((await owner.submit(await owner.get(address), { tags: ['Platinum'] })).status).toBe(303)
    expect(await tagsOf(customer)).toEqual(['Platinum'])
  })

  test('is refused when it is renamed, or another such is typed', async () => {
    const name = 'Cop\u202eper'
    const { id, address, customer } = await withTag(name, 'copper')
    const edit = await owner.get(`/tags/${id}/edit`)
    const saved = await owner.submit(edit, {}, { action: `/tags/${id}` })
    expect(saved.status).toBe(422)
    expect(errorAt(saved, 'name')).toContain('changes the direction of text (U+202E)')
    const typed = await owner.submit(await owner.get(address), { tags: [name, 'I\u202eron'] })
    expect(typed.status).toBe(422)
    expect(ticked(typed)).toContain(name)
    expect(await tagsOf(customer)).toEqual([name])
  })

  test('is told from one that reads the same, ticked or not', async () => {
    const { customer, address, id } = await withTag('Tin', 'tin')
    const double = await withTag('T\u200bin', 't\u200bin')
    await prisma().customerTag.create({
      data: { resellerId: resellerId(), customerId: customer.id, tagId: double.id },
    })
    const both = await owner.get(address)
    expect(ticked(both).toSorted()).toEqual(['Tin', 'T\u200bin'])
    expect((await owner.submit(both, { tags: ['Tin', 'T\u200bin'] })).status).toBe(303)
    expect(await tagsOf(customer)).toEqual(['Tin', 'T\u200bin'])
    expect((await owner.submit(both, { tags: ['T\u200bin'] })).status).toBe(303)
    expect(await tagsOf(customer)).toEqual(['T\u200bin'])
    // What is typed is the one that has the name.
    expect((await owner.submit(await owner.get(address), { tags: ['T\u200bin', 'TIN'] })).status).toBe(303)
    expect(await tagsOf(customer)).toEqual(['Tin', 'T\u200bin'])
    expect(
      await prisma().tag.count({ where: { resellerId: resellerId(), id: { in: [id, double.id] } } }),
    ).toBe(2)
    expect(ticked(await owner.get(double.address))).toEqual(['T\u200bin'])
  })
})
