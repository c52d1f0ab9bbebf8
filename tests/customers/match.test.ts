import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { invited, join, newcomer } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { type Answer, type Visitor, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
const ADA = 'ada@meant.example'
const EVE = 'eve@meant.example'
let id = ''
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  for (const [email, name] of [
    [ADA, 'Ada Bergmán'],
    [EVE, 'Eve Bergmán'],
  ] as const) {
    const customer = await makeCustomer(purser.northwind, { email, name, balance: 1_000n })
    if (email === ADA) id = customer.id
    await owner.submit(await owner.get(`/customers/${customer.id}/edit`), {
      phone: `+49 30 55500${email.length}${customer.email[0] === 'a' ? 1 : 2}`,
    })
    await enter(owner, customer, 'readonly')
  }
})
afterAll(() => purser.stop())

const rowsOf = (page: Answer) => page.html.querySelectorAll('#results tbody tr').map((row) => row.textContent)
const choicesOf = (page: Answer) =>
  page.html.querySelectorAll('#results .looked-to a').map((a) => a.textContent)

describe.each([
  ['the audit log', '/audit'],
  ['the ledger', '/ledger'],
  ['logins as customers', '/login-as'],
])('%s', (_what, address) => {
  const asked = (words: string) => owner.get(`${address}?customer=${encodeURIComponent(words)}`)

  test.each(['bergman ada', ADA, `Ada <${ADA}>`, `mailto:${ADA}`, 'ada@meant', '030 55500171'])(
    'shows one customer’s, who is found by “%s”',
    async (words) => {
      const page = await asked(words)
      expect(page.status).toBe(200)
      expect(rowsOf(page).length, wordsOf(page)).toBeGreaterThan(0)
      for (const row of rowsOf(page)) expect(row).not.toContain(EVE)
      expect(page.html.querySelector('#results')?.textContent).toContain(ADA)
      // Named, beside the address.
      for (const cell of page.html.querySelectorAll('#results tbody td.col-whom'))
        expect(cell.textContent).toContain('Ada Bergmán')
      expect(choicesOf(page)).toEqual([])
      expect(rowsOf(page)).toEqual(rowsOf(await asked(id.toLowerCase())))
    },
  )

  test('asks which of several is meant, and each leads on', async () => {
    const page = await asked('bergman')
    expect(page.status).toBe(200)
    expect(rowsOf(page)).toEqual([])
    expect(choicesOf(page)).toEqual(['Ada Bergmán', 'Eve Bergmán'])
    expect(valueOf(page, 'customer')).toBe('bergman')
    const [link] = page.html.querySelectorAll('#results .looked-to a')
    const chosen = await owner.get(link?.getAttribute('href') ?? '')
    expect(rowsOf(chosen)).toEqual(rowsOf(await asked(ADA)))
  })

  test('is never another reseller’s', async () => {
    const outsider = await purser.as(purser.eastgate.staff.owner)
    const page = await outsider.get(`${address}?customer=${id}`)
    expect(rowsOf(page)).toEqual([])
    expect(wordsOf(page)).toContain('No customers match')
  })
})

test.each([
  ['/audit', 'event=customer.created'],
  ['/ledger', 'kind=refill'],
  ['/login-as', ''],
  ['/mails', 'state=sent'],
  ['/approvals', ''],
  ['/approvals', 'state=decided'],
])(
  '%s?%s says that nobody fits, not that there is nothing, and leads on to everybody’s',
  async (address, others) => {
    const page = await owner.get(`${address}?customer=nobody+at+all&${others}`)
    expect([page.status, rowsOf(page)]).toEqual([200, []])
    expect(page.html.querySelectorAll('.nothing-title').map(({ textContent }) => textContent)).toEqual([
      'No customers match “nobody at all”.',
    ])
    expect(page.html.querySelector('.nothing a')?.getAttribute('href')).toBe(
      others ? `${address}?${others}` : address,
    )
  },
)

test('what waits for approval is found by its customer’s name, and says whose it is where nothing waits', async () => {
  const page = await owner.get('/approvals?customer=bergman+ada')
  expect(page.html.querySelector('.nothing-title')?.textContent).toBe('No postings are waiting for approval.')
  expect(page.html.querySelector('.page-about')?.textContent).toContain(`Ada Bergmán · ${ADA}`)
  const several = await owner.get('/approvals?customer=bergman')
  expect(several.html.querySelectorAll('.looked-to a').map((a) => a.textContent)).toEqual([
    'Ada Bergmán',
    'Eve Bergmán',
  ])
})

test('mails are found by their customer’s name', async () => {
  await owner.submit(await owner.get('/customers/new'), {
    email: 'mails@meant.example',
    name: 'Møller Ågot',
    teamName: 'Mails',
  })
  const page = await owner.get('/mails?customer=agot%20moller')
  expect(rowsOf(page)).toHaveLength(1)
  expect(rowsOf(page)[0]).toContain('mails@meant.example')
  expect(page.html.querySelector('td.col-to')?.textContent).toContain('Møller Ågot')
  expect(choicesOf(await owner.get('/mails?customer=bergman'))).toEqual(['Ada Bergmán', 'Eve Bergmán'])
})

describe('a file', () => {
  test.each([
    ['/audit/export.csv', 'customer'],
    ['/ledger/export.csv', 'customer'],
  ])('%s has the rows of the list, and asks back as that does', async (address, column) => {
    const file = await owner.get(`${address}?customer=bergman+ada`)
    expect(file.status).toBe(200)
    const [headings = [], ...rows] = readCsv(file.text)
    expect(rows.length).toBeGreaterThan(0)
    expect(new Set(rows.map((row) => row[headings.indexOf(column)]))).toEqual(new Set([ADA]))
    const unclear = await owner.get(`${address}?customer=bergman`)
    expect(unclear.status).toBe(422)
    expect(wordsOf(unclear)).toContain('Several customers match “bergman”.')
    // Nobody's file is not everybody's.
    const nobody = await owner.get(`${address}?customer=nobody+at+all`)
    expect([nobody.status, wordsOf(nobody)]).toEqual([
      422,
      expect.stringContaining('No customers match “nobody at all”.'),
    ])
  })
})

test('invites are found by address, tag, maker, and by who came through them', async () => {
  const { row, path } = await invited(owner, purser.northwind, {
    email: 'celik@invited.example',
    tags: 'Großkunde',
  })
  const { row: open, path: other } = await invited(owner, purser.northwind, {
    kind: 'reusable',
    maxUses: '5',
  })
  expect(path).not.toBe(other)
  const visitor = purser.visitor()
  const answer = await join(
    visitor,
    other,
    newcomer({ email: 'comer@invited.example', name: 'Zoë Arrived', teamName: 'Arrived' }),
  )
  expect(answer.status).toBe(303)
  const shown = async (q: string) =>
    (await owner.get(`/invites?q=${encodeURIComponent(q)}`)).html
      .querySelectorAll('#results [id^="invite-"]')
      .map((one) => one.getAttribute('id')?.replace('invite-', ''))
  for (const q of ['celik', '<celik@invited.example>', 'invited celik', 'grosskunde', 'ＣＥＬＩＫ']) {
    expect(await shown(q), q).toEqual([row.id])
  }
  expect(await shown('arrived zoe')).toEqual([open.id])
  expect(await shown('nobody of this name')).toEqual([])
  const came = (await owner.get('/invites')).html.querySelector(`#invite-${open.id} .col-came`)
  expect(came?.textContent).toContain('Zoë Arrived')
})

test('staff are found by name, address and role, and tags by their names', async () => {
  const { staff } = purser.northwind
  const people = async (q: string) =>
    (await owner.get(`/staff?q=${encodeURIComponent(q)}`)).html.querySelectorAll('table.staff tbody tr')
      .length
  const all = await people('')
  expect(all).toBeGreaterThan(4)
  for (const q of [staff.finance.email, `<${staff.finance.email}>`, 'FINANCE', 'ｆｉｎａｎｃｅ']) {
    expect(await people(q), q).toBe(1)
  }
  const none = await owner.get('/staff?q=nobody+of+this+name')
  expect(wordsOf(none)).toContain('No staff match')

  const first = await makeCustomer(purser.northwind)
  await owner.submit(await owner.get(`/customers/${first.id}/tags`), { tags: 'Über 50, Other' })
  const tags = async (q: string) => rowsOf(await owner.get(`/tags?q=${encodeURIComponent(q)}`)).length
  expect(await tags('50 uber')).toBe(1)
  expect(await tags('o')).toBe(1)
  expect(await tags('nothing')).toBe(0)
})
