import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Known, customerRow, eventRows } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let support: Visitor
beforeAll(async () => {
  purser = await startPurser()
  support = await purser.as(purser.northwind.staff.support)
})
afterAll(() => purser.stop())

const address = (customer: Known) => `/customers/${customer.id}/tags`
const form = (customer: Known, browser = support) => browser.get(address(customer))

/** Sends the page's form with these tags: the boxes that have a tick, and what is in the field. */
function send(page: Answer, tags: string | string[], browser = support) {
  return browser.submit(page, { tags }, { action: '/tags' })
}

async function set(customer: Known, tags: string | string[]) {
  const answer = await send(await form(customer), tags)
  expect(answer.status).toBe(303)
  return answer
}

const tagsOf = async (customer: Known) =>
  (await customerRow(purser.northwind, customer)).tags.map(({ tag }) => tag.name).sort()

const boxes = (page: Answer) =>
  page.html
    .querySelectorAll('.tag-options > label input[name="tags"]')
    .map((box) => [box.getAttribute('value'), box.hasAttribute('checked')] as const)

describe('set tags', () => {
  test('new ones come into being, known ones are found in other letters, the rest is taken off', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await set(customer, 'Gold, net 30')
    expect(answer.location).toBe(`/customers/${customer.id}`)
    expect(flashOf(await support.follow(answer))).toContain(`Saved the tags for ${customer.email}`)
    expect(await tagsOf(customer)).toEqual(['Gold', 'net 30'])
    await set(customer, ['GOLD', 'new, newer'])
    expect(await tagsOf(customer)).toEqual(['Gold', 'new', 'newer'])
    await set(customer, '')
    expect(await tagsOf(customer)).toEqual([])
  })

  test("the page offers the reseller's tags as boxes, with a tick where the customer wears one", async () => {
    const customer = await makeCustomer(purser.northwind)
    await set(customer, 'boxed')
    await set(await makeCustomer(purser.northwind), 'worn by another')
    const offered = new Map(boxes(await form(customer)))
    expect(offered.get('boxed')).toBe(true)
    expect(offered.get('worn by another')).toBe(false)
    const tokyo = await makeCustomer(purser.eastgate)
    const theirs = await purser.as(purser.eastgate.staff.owner)
    expect(boxes(await form(tokyo, theirs))).toEqual([])
  })

  test('a script that knows of no page sends the tags that shall be', async () => {
    const customer = await makeCustomer(purser.northwind)
    await set(customer, 'one, two')
    const csrf = valueOf(await form(customer), 'csrf') ?? ''
    expect((await support.post(address(customer), { csrf, tags: 'two,three' })).status).toBe(303)
    expect(await tagsOf(customer)).toEqual(['three', 'two'])
  })

  test('too long and too many are sentences at the field, and all that was picked and typed stays', async () => {
    const customer = await makeCustomer(purser.northwind)
    await set(customer, 'known already')
    const long = 'x'.repeat(41)
    const answer = await send(await form(customer), ['known already', `fresh, ${long}`])
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'tags')).toBe('Use at most 40 characters for a tag.')
    expect(new Map(boxes(answer)).get('known already')).toBe(true)
    expect(answer.html.querySelector('[data-tag-entry]')?.getAttribute('value')).toBe(`fresh, ${long}`)

    const many = Array.from({ length: 21 }, (_, n) => `many ${n}`)
    const full = await send(await form(customer), many.join())
    expect(errorAt(full, 'tags')).toContain('up to 20 tags')
    await set(customer, many.slice(1).join())
    expect(await tagsOf(customer)).toHaveLength(20)
  })

  test('two people at once do not undo each other', async () => {
    const customer = await makeCustomer(purser.northwind)
    await set(customer, 'base, going')
    const [mine, yours] = [await form(customer), await form(customer)]
    await Promise.all([send(mine, 'base, going, mine'), send(yours, 'base, yours')])
    expect(await tagsOf(customer)).toEqual(['base', 'mine', 'yours'])
  })

  test('ten at once, each with a tag of their own, are all there', async () => {
    const customer = await makeCustomer(purser.northwind)
    const page = await form(customer)
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => send(page, `at once ${n}`)))
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(303))
    expect(await tagsOf(customer)).toHaveLength(10)
  })

  test('together they cannot put on more than twenty', async () => {
    const customer = await makeCustomer(purser.northwind)
    const names = (word: string) => Array.from({ length: 15 }, (_, n) => `${word} ${n}`).join()
    const page = await form(customer)
    const answers = await Promise.all([send(page, names('left')), send(page, names('right'))])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422])
    expect(await tagsOf(customer)).toHaveLength(15)
  })

  test('leaves a row in the audit log with what was added and removed', async () => {
    const customer = await makeCustomer(purser.northwind)
    await set(customer, 'first, second')
    await set(customer, 'second, third')
    expect(await eventRows(purser.northwind, customer, 'customer.tagged')).toMatchObject([
      { details: { added: ['first', 'second'], removed: [] } },
      {
        actorName: purser.northwind.staff.support.email,
        details: { added: ['third'], removed: ['first'] },
      },
    ])
  })
})
