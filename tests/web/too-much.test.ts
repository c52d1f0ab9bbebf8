import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const send = async (browser: Visitor, body: string) => {
  const { id } = await makeCustomer(purser.northwind)
  const headers = { Origin: purser.url, 'Content-Type': 'application/x-www-form-urlencoded' }
  return browser.send('POST', `/customers/${id}/refills`, { body, headers })
}
const many = (count: number) => Array.from({ length: count }, (_, at) => `field${at}=x`).join('&')

describe('more than one form can be', () => {
  test.each([
    ['a megabyte', `comment=${'x'.repeat(1_000_000)}`],
    ['a thousand fields', many(1000)],
    ['one field two thousand times', 'comment=x&'.repeat(2000)],
  ])('%s is said on a page of the reader’s own', async (_what, body) => {
    const answer = await send(owner, body)
    expect(answer.status).toBe(413)
    expect(wordsOf(answer)).toContain('This form is too large. Shorten what you entered and try again.')
    expect(answer.html.querySelector('.brand-name')?.textContent).toBe('Northwind Cloud')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  test('a visitor is told the same', async () => {
    const answer = await send(purser.visitor(), many(1000))
    expect(answer.status).toBe(413)
    expect(wordsOf(answer)).toContain('This form is too large.')
  })

  test('as many fields as a form may have go through to the form', async () => {
    const answer = await send(owner, `csrf=${encodeURIComponent(await tokenOf(owner))}&${many(199)}`)
    expect(answer.status).toBe(422)
  })
})

test('a body in an encoding that nobody speaks is refused in words', async () => {
  const answer = await owner.send('POST', '/logout', {
    body: 'csrf=x',
    headers: { Origin: purser.url, 'Content-Type': 'application/x-www-form-urlencoded; charset=klingon' },
  })
  expect(answer.status).toBe(415)
  expect(wordsOf(answer)).toContain('Your browser sent a request that could not be read.')
})
