import { afterAll, beforeAll, expect, test } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import type { MailState } from '../../src/generated/prisma/client.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

/** Mails as the queue would have left them, all queued in the same moment unless said otherwise. */
async function makeMails(
  count: number,
  { state = 'sent' as MailState, at = new Date(), house = purser.northwind } = {},
) {
  const customer = await makeCustomer(house)
  const ids = Array.from({ length: count }, () => uuidv7())
  await purser.services.database.prisma.mail.createMany({
    data: ids.map((id) => ({
      resellerId: customer.resellerId,
      id,
      toEmail: customer.email,
      customerId: customer.id,
      template: 'test',
      values: { sentBy: 'somebody' },
      state,
      createdAt: at,
    })),
  })
  return { customer, ids }
}

const idsOn = (page: Answer) =>
  page.html
    .querySelectorAll('form[action$="/resend"]')
    .map((form) => form.getAttribute('action')?.split('/')[2])
const linkTo = (page: Answer, rel: 'prev' | 'next') =>
  page.html.querySelector(`a[rel="${rel}"]`)?.getAttribute('href') ?? null

test('shows to whom, what, in which state and when, newest first, and nothing of what a mail says', async () => {
  const { customer } = await makeMails(1, { state: 'failed', at: new Date('2026-03-05T14:06:00Z') })
  await purser.owner.prisma.mail.updateMany({
    where: { customerId: customer.id },
    data: { lastError: '550 No such person' },
  })
  const page = await owner.get(`/mails?customer=${customer.id}`)
  const words = wordsOf(page)
  expect(words).toContain(`${customer.email} ${customer.name} Test e-mail Failed 550 No such person`)
  expect(words).toContain('5 Mar 2026, 15:06')
  expect(words).not.toContain('somebody')
})

test('pages forwards and backwards without losing or repeating one, also where times are equal', async () => {
  const { customer, ids } = await makeMails(120)
  const wanted = [...ids].sort().reverse()
  const seen: (string | undefined)[] = []
  let page = await owner.get(`/mails?customer=${customer.id}`)
  expect(linkTo(page, 'prev')).toBeNull()
  for (;;) {
    seen.push(...idsOn(page))
    const next = linkTo(page, 'next')
    if (!next) break
    page = await owner.get(next)
  }
  expect(seen).toEqual(wanted)
  page = await owner.get(linkTo(page, 'prev') as string)
  expect(idsOn(page)).toEqual(wanted.slice(50, 100))
  page = await owner.get(linkTo(page, 'prev') as string)
  expect(idsOn(page)).toEqual(wanted.slice(0, 50))
  expect(linkTo(page, 'prev')).toBeNull()
})

test('says how many there are on all pages, up to 1,000', async () => {
  const { customer } = await makeMails(3)
  const says = async () => wordsOf(await owner.get(`/mails?customer=${customer.id}&state=sent`))
  expect(await says()).toContain(' 3 e-mails')
  expect(await says()).not.toContain('shown')
  const { createdAt } = await purser.owner.prisma.mail.findFirstOrThrow({
    where: { customerId: customer.id },
  })
  const add = (count: number) =>
    purser.owner.prisma.mail.createMany({
      data: Array.from({ length: count }, () => ({
        ...{ resellerId: customer.resellerId, id: uuidv7(), toEmail: customer.email },
        ...{ customerId: customer.id, template: 'test', values: {}, state: 'sent' as const, createdAt },
      })),
    })
  await add(997)
  expect(await says()).toContain('1,000 e-mails')
  expect(await says()).not.toContain('More than')
  await add(1)
  expect(await says()).toContain('More than 1,000 e-mails')
})

test('filters by state and by customer, together', async () => {
  const { customer, ids } = await makeMails(2, { state: 'kept' })
  const { ids: others } = await makeMails(1, { state: 'kept' })
  const kept = idsOn(await owner.get('/mails?state=kept'))
  expect(kept).toEqual(expect.arrayContaining([...ids, ...others]))
  expect(idsOn(await owner.get(`/mails?state=kept&customer=${customer.id.toLowerCase()}`)).sort()).toEqual(
    [...ids].sort(),
  )
  const none = await owner.get(`/mails?state=waiting&customer=${customer.id}`)
  expect(wordsOf(none)).toContain('No e-mails match')
})

test('a filter or place that makes no sense is a sentence or the beginning', async () => {
  expect((await owner.get('/mails?state=lost')).status).toBe(422)
  expect(wordsOf(await owner.get('/mails?customer=0000000000'))).toContain('No customers match')
  for (const place of ['x', 'Ly4u', Buffer.from('2026-99-99T00:00:00.000Z a').toString('base64url')]) {
    expect((await owner.get(`/mails?after=${place}`)).status).toBe(200)
  }
})

test('mails to staff are not there, and another reseller sees none of it', async () => {
  const { prisma } = purser.owner
  const { id: staffId, email } = purser.northwind.staff.finance
  const id = uuidv7()
  await prisma.mail.create({
    data: {
      resellerId: purser.northwind.reseller.id,
      id,
      toEmail: email,
      staffId,
      template: 'test',
      values: { sentBy: 'x' },
    },
  })
  expect(wordsOf(await owner.get('/mails'))).not.toContain(email)
  expect((await owner.get(`/mails/${id}`)).status).toBe(404)
  const { customer } = await makeMails(1)
  const stranger = await purser.as(purser.eastgate.staff.owner)
  expect(wordsOf(await stranger.get('/mails'))).toContain('No e-mails yet')
  const theirs = await stranger.get(`/mails?customer=${customer.id}`)
  expect(wordsOf(theirs)).toContain('No customers match')
  expect(theirs.text).not.toContain(customer.email)
})

test('Support sees the list and may send again, but has no link to what a mail says', async () => {
  const { ids } = await makeMails(1)
  const page = await (await purser.as(purser.northwind.staff.support)).get('/mails')
  expect(idsOn(page)).toContain(ids[0])
  expect(page.html.querySelectorAll(`a[href="/mails/${ids[0]}"]`)).toEqual([])
})
