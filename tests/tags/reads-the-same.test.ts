import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, valueOf } from '../support/visit.ts'

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
    ['\u2800', 'no character that can be seen'],
    ['VIP,\u3164', 'no character that can be seen'],
    ['VIP\u202e', '(U+202E)'],
    ['VI\u0007P', '(U+0007)'],
  ] as const) {
    const answer = await owner.submit(page, { tags: typed })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'tags')).toContain(said)
  }
  expect(await namesLike('VI')).toEqual([])
})

test('a tag from before there were rules stays, can be taken off, and is refused when it is saved again', async () => {
  const customer = await makeCustomer(purser.northwind)
  const id = uuidv7()
  const name = 'Sil\u202ever'
  await prisma().tag.create({ data: { resellerId: resellerId(), id, name, key: name, colour: 'teal' } })
  await prisma().customerTag.create({
    data: { resellerId: resellerId(), customerId: customer.id, tagId: id },
  })
  const edit = await owner.get(`/tags/${id}/edit`)
  const saved = await owner.submit(edit, {}, { action: `/tags/${id}` })
  expect(saved.status).toBe(422)
  expect(errorAt(saved, 'name')).toContain('turns the direction of text (U+202E)')
  const page = await owner.get(`/customers/${customer.id}/tags`)
  const csrf = valueOf(page, 'csrf') ?? ''
  const off = await owner.post(`/customers/${customer.id}/tags`, { csrf, shown: name, tags: '' })
  expect(off.status).toBe(303)
  expect(await prisma().customerTag.count({ where: { resellerId: resellerId(), tagId: id } })).toBe(0)
})
