import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type CrowdMember, makeCrowd, mixedCrowd } from '../support/crowd.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, type Visitor, wordsOf, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
const crowd = mixedCrowd(330)

beforeAll(async () => {
  purser = await startPurser()
  await makeCrowd(purser.northwind, crowd, { from: 1 })
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const idOf = (at: number) => (at + 1).toString(16).toUpperCase().padStart(10, '0')
const member = (at: number) => crowd[at] as CrowdMember

function rowsOf(page: Answer) {
  return page.html.querySelectorAll('table.customers tbody tr').map((row) => {
    const [account, ...others] = row.querySelectorAll('td')
    const id = account?.querySelector('a')?.getAttribute('href')?.split('/').at(-1) ?? ''
    const email = account?.querySelector('a')?.textContent.trim() ?? ''
    return { id, email, cells: others.map((cell) => cell.textContent.replace(/\s+/g, ' ').trim()) }
  })
}

const idsOn = (page: Answer) => rowsOf(page).map(({ id }) => id)
const pagerLink = (page: Answer, rel: 'prev' | 'next') =>
  page.html.querySelector(`.pager a[rel="${rel}"]`)?.getAttribute('href') ?? null

/** The whole list from `address` on, page after page. */
async function readOn(browser: Visitor, address: string, rel: 'prev' | 'next' = 'next') {
  const pages: string[][] = []
  for (let at: string | null = address; at;) {
    const page: Answer = await browser.get(at)
    expect(page.status).toBe(200)
    pages.push(idsOn(page))
    at = pagerLink(page, rel)
  }
  return rel === 'next' ? pages.flat() : pages.toReversed().flat()
}

/** The same list by one plain query that knows nothing of pages. */
async function allIds(order: string, where = 'true', values: unknown[] = []) {
  const { rows } = await purser.services.database.pool.query<{ id: string }>(
    `select c.id from customers c join teams t using (reseller_id) left join billing_profiles b on b.reseller_id = t.reseller_id and b.id = t.id
     where c.reseller_id = $1 and t.id = c.team_id and ${where} order by ${order}`,
    [purser.northwind.reseller.id, ...values],
  )
  return rows.map(({ id }) => id)
}

const ORDERS: Record<string, string> = {
  '': 'c.registered_at desc, c.id desc',
  email: 'c.email, c.id',
  '-email': 'c.email desc, c.id desc',
  balance: 'c.balance, c.id',
  '-balance': 'c.balance desc, c.id desc',
  credits: 'c.credits, c.id',
  '-credits': 'c.credits desc, c.id desc',
  registeredAt: 'c.registered_at, c.id',
  '-registeredAt': 'c.registered_at desc, c.id desc',
}

describe('the list', () => {
  test('has its eleven columns, under their names', async () => {
    const page = await owner.get('/customers')
    const headings = page.html
      .querySelectorAll('table.customers thead th')
      .map((cell) => cell.textContent.trim())
    expect(headings).toEqual([
      'Customer account',
      'Team name',
      'Team type',
      'Internal customer ID',
      'Balance',
      'Credits',
      'Company name',
      'State',
      'Tag',
      'Registration time',
      'Actions',
    ])
  })

  test("shows each fact, in the reseller's currency, language and time zone", async () => {
    const at = crowd.findIndex(
      ({ teamType, balance, tags }) => teamType === 'enterprise' && balance === 100_000 && tags.length === 1,
    )
    const { email, teamName, companyName, tags, state } = member(at)
    const [row] = rowsOf(await owner.get(`/customers?q=${email}`))
    expect(row).toMatchObject({ id: idOf(at), email })
    expect(row?.cells.slice(0, 5)).toEqual([
      teamName,
      'Enterprise',
      idOf(at),
      '1,000.00',
      expect.stringMatching(/^(0|10)\.00$/),
    ])
    expect(row?.cells.slice(5, 8)).toEqual([companyName, state, tags[0]])
    // 22:30 UTC is half past midnight of the next day in Berlin.
    expect(row?.cells[8]).toMatch(/^[234] May 2026, 00:30$/)
  })

  test('yen have no decimals, and Tokyo is nine hours ahead', async () => {
    const [facts] = mixedCrowd(1) as [CrowdMember]
    await makeCrowd(
      purser.eastgate,
      [{ ...facts, balance: 1234, credits: 0, registeredAt: '2026-05-01T22:30:00Z' }],
      { from: 1 },
    )
    const outsider = await purser.as(purser.eastgate.staff.owner)
    const [row, ...more] = rowsOf(await outsider.get('/customers'))
    expect(more).toEqual([])
    expect(row?.cells[3]).toBe('1,234')
    expect(row?.cells[8]).toBe('2 May 2026, 07:30')
  })

  test('the company name is shown for Enterprise only', async () => {
    for (const { cells } of rowsOf(await owner.get('/customers?type=individual'))) expect(cells[5]).toBe('')
    for (const { cells } of rowsOf(await owner.get('/customers?type=enterprise')))
      expect(cells[5]).not.toBe('')
  })

  test('the account leads to the details, and the actions of each row stand in the page', async () => {
    const page = await owner.get('/customers')
    const id = idsOn(page)[0] as string
    const links = page.html.querySelector('tbody tr')?.querySelectorAll('[popover] a') ?? []
    expect(links.map((link) => link.getAttribute('href'))).toEqual([
      `/customers/${id}/login-as?mode=admin`,
      `/customers/${id}/login-as?mode=readonly`,
      `/customers/${id}/balance`,
      `/customers/${id}/credits`,
      `/customers/${id}/charges`,
      `/customers/${id}/tags`,
      `/customers/${id}/billing`,
      `/customers/${id}/password-reset`,
      `/customers/${id}/state`,
    ])
  })

  test('costs the same few statements for a full page as for one row', async () => {
    const full = await statementsOf(() => owner.get('/customers'))
    const few = await statementsOf(() => owner.get(`/customers?q=${idOf(0)}`))
    // Session and actor; the rows, how many there are, and all that the page shows beside them.
    expect(full).toBe(2)
    // On these connections, which are not those for pages, a search has a transaction around it, for its own end in time. One of more than
    // one page is counted, in another, where the list is not known to be long.
    expect(few).toBe(full + 2)
    expect(await statementsOf(() => owner.get('/customers?q=.example'))).toBe(few + 4)
  })
})

describe('sorted', () => {
  test.each(Object.entries(ORDERS))(
    'by %s, ties and all: every page forwards, then backwards, is the one big list',
    async (sort, order) => {
      const expected = await allIds(order)
      expect(expected).toHaveLength(330)
      const address = `/customers${sort && `?sort=${sort}`}`
      expect(await readOn(owner, address)).toEqual(expected)

      let last = address
      for (let next: string | null = address; next; next = pagerLink(await owner.get(next), 'next'))
        last = next
      expect(await readOn(owner, last, 'prev')).toEqual(expected)
    },
  )

  test('a heading says how the list is sorted, and a press turns it round', async () => {
    const page = await owner.get('/customers?sort=balance&state=ON')
    const sorted = page.html.querySelectorAll('th[aria-sort]')
    expect(sorted.map((cell) => [cell.textContent.trim(), cell.getAttribute('aria-sort')])).toEqual([
      ['Balance', 'ascending'],
    ])
    const turned = new URL(sorted[0]?.querySelector('a')?.getAttribute('href') ?? '', purser.url)
    expect(Object.fromEntries(turned.searchParams)).toEqual({ sort: '-balance', state: 'ON' })
  })
})

describe('searched', () => {
  const found = (words: string) => readOn(owner, `/customers?q=${encodeURIComponent(words)}`)
  const those = (fits: (one: CrowdMember, at: number) => boolean) =>
    crowd.flatMap((one, at) => (fits(one, at) ? [idOf(at)] : [])).sort()

  test.each<[string, string, (one: CrowdMember, at: number) => boolean]>([
    ['account', 'cy.1', ({ email }) => email.includes('cy.1')],
    ['account, in capitals', 'CY.1', ({ email }) => email.includes('cy.1')],
    ['team', 'GREEN', ({ teamName }) => teamName === 'Green'],
    ['company', 'acme', ({ companyName }) => companyName === 'Acme Ltd'],
    ['company beyond ASCII', 'ärzte', ({ companyName }) => companyName === 'ÄRZTE'],
    ['internal customer ID', '00000000a1', (_, at) => idOf(at) === '00000000A1'],
    ['external reference', 'sf-12', ({ externalReference }) => externalReference.startsWith('SF-12')],
    ['a percent sign', '100%', ({ teamName }) => teamName === '100% sure'],
    ['a lone percent sign', '%', ({ teamName }) => teamName === '100% sure'],
    ['an underscore', 'r_s', ({ teamName }) => teamName === 'under_score'],
    ['a backslash', 'k\\s', ({ teamName }) => teamName === 'back\\slash'],
    ['a lone backslash', '\\', ({ teamName }) => teamName === 'back\\slash'],
    ['white space around', '  acme  ', ({ companyName }) => companyName === 'Acme Ltd'],
  ])('over %s', async (_where, words, fits) => {
    const expected = those(fits)
    expect(expected.length).toBeGreaterThan(0)
    expect((await found(words)).sort()).toEqual(expected)
  })

  test('the end of one fact and the beginning of the next are no match', async () => {
    const { email, teamName } = member(0)
    expect(await found(`${email.slice(-3)}${teamName.slice(0, 3)}`)).toEqual([])
  })

  test('an apostrophe and other signs of SQL are only signs', async () => {
    expect(await found(`'; drop table customers; --`)).toEqual([])
  })
})

describe('filtered', () => {
  test('filters combine with each other and the search, and the address holds them all', async () => {
    const address = '/customers?q=north&state=OFF&type=enterprise&tag=vip&sort=-balance'
    const expected = crowd
      .flatMap((one, at) => {
        const fits =
          one.email.includes('north') &&
          one.state === 'OFF' &&
          one.teamType === 'enterprise' &&
          one.tags.includes('VIP')
        return fits ? [{ id: idOf(at), balance: one.balance }] : []
      })
      .sort((a, b) => b.balance - a.balance || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id)
    expect(expected.length).toBeGreaterThan(2)
    const page = await owner.get(address)
    expect(idsOn(page)).toEqual(expected)

    const chips = page.html.querySelectorAll('.chip')
    expect(chips.map((chip) => chip.textContent.trim())).toEqual([
      'Search: north',
      'State: OFF',
      'Team type: Enterprise',
      'Tag: vip',
    ])
    const without = new URL(chips[1]?.querySelector('a')?.getAttribute('href') ?? '', purser.url).searchParams
    expect(Object.fromEntries(without)).toEqual({
      q: 'north',
      type: 'enterprise',
      tag: 'vip',
      sort: '-balance',
    })
  })

  test('pages keep the filter', async () => {
    const expected = await allIds(ORDERS[''] as string, `c.state = 'ON'`)
    expect(expected.length).toBeGreaterThan(100)
    expect(await readOn(owner, '/customers?state=ON')).toEqual(expected)
  })

  test.each(['state=on', 'type=Enterprise', 'sort=email%20desc', 'sort=__proto__', 'q=a&q=b', 'tag=a%00b'])(
    'a value that means nothing (%s) is left out of the list, in a sentence that names it',
    async (query) => {
      const page = await owner.get(`/customers?${query}`)
      expect(page.status).toBe(422)
      expect(wordsOf(page)).toContain(`Not valid in this address, and ignored: ${query.split('=')[0]}.`)
      expect(page.html.querySelectorAll('tbody tr')).toHaveLength(50)
    },
  )

  test('every one of them is named, and a search that is too long is one of them', async () => {
    const page = await owner.get(`/customers?state=on&sort=up&q=${'a'.repeat(300)}&type=individual`)
    expect(wordsOf(page)).toContain('Not valid in this address, and ignored: q, state, and sort.')
    expect(page.html.querySelectorAll('tbody tr').length).toBeGreaterThan(0)
    expect(valueOf(page, 'type')).toBe('individual')
  })

  test('says how many there are, up to a thousand', async () => {
    const { rows } = await purser.services.database.pool.query<{ count: string }>(
      'select count(*) from customers where reseller_id = $1',
      [purser.northwind.reseller.id],
    )
    expect(Number(rows[0]?.count)).toBeGreaterThan(50)
    expect(wordsOf(await owner.get('/customers'))).toContain(`${rows[0]?.count} customers`)
  })

  test('what is unknown beside it is left alone', async () => {
    expect((await owner.get('/customers?utm_source=mail')).status).toBe(200)
  })
})

describe('empty', () => {
  test('nothing matches: says where was looked, and clears the filters', async () => {
    const page = await owner.get('/customers?q=nobody-of-this-name&sort=email')
    expect(wordsOf(page)).toContain('No customers match')
    expect(page.html.querySelector('.nothing a')?.getAttribute('href')).toBe('/customers?sort=email')
  })

  test('no customers yet: the Owner is led to the first, others are told who can', async () => {
    const empty = await startPurser()
    try {
      const boss = await empty.as(empty.northwind.staff.owner)
      const page = await boss.get('/customers')
      const steps = page.html.querySelectorAll('.first-steps li')
      expect(steps.map((step) => step.querySelector('a')?.getAttribute('href'))).toEqual([
        '/settings',
        '/settings',
        '/staff',
        '/customers/new',
        '/invites',
      ])
      // The cast has staff of every role, and no mail server.
      expect(steps.map((step) => step.classList.contains('is-done'))).toEqual([
        false,
        false,
        true,
        false,
        false,
      ])
      const clerk = await empty.as(empty.northwind.staff.finance)
      const told = wordsOf(await clerk.get('/customers'))
      expect(told).toContain('No customers yet')
      expect(told).toContain('Owners and Admins can create customer accounts.')
    } finally {
      await empty.stop()
    }
  })
})

describe('a place in the list', () => {
  test('rows that appear meanwhile neither repeat nor push out any', async () => {
    const expected = await allIds(ORDERS[''] as string)
    const first = await owner.get('/customers')
    const newcomer = await makeCustomer(purser.northwind, { email: 'newcomer@north.example' })
    const rest = await readOn(owner, pagerLink(first, 'next') as string)
    expect([...idsOn(first), ...rest]).toEqual(expected)

    const second = await owner.get(pagerLink(first, 'next') as string)
    const back = await owner.get(pagerLink(second, 'prev') as string)
    expect(idsOn(back)).toEqual(expected.slice(0, 50))
    expect(idsOn(await owner.get(pagerLink(back, 'prev') as string))).toContain(newcomer.id)
  })

  test('stays where it is though the row it hangs on has moved', async () => {
    const first = await owner.get('/customers?sort=-balance')
    const expected = (await allIds(ORDERS['-balance'] as string)).slice(50, 100)
    const lastOnPage = idsOn(first).at(-1) as string
    await purser.owner.pool.query(
      'update customers set balance = balance + 999999 where reseller_id = $1 and id = $2',
      [purser.northwind.reseller.id, lastOnPage],
    )
    expect(idsOn(await owner.get(pagerLink(first, 'next') as string))).toEqual(expected)
  })

  test('made under another sort, it begins that sort anew', async () => {
    const byBalance = new URL(pagerLink(await owner.get('/customers?sort=balance'), 'next') ?? '', purser.url)
    for (const sort of ['credits', '-balance', 'email', 'registeredAt']) {
      byBalance.searchParams.set('sort', sort)
      const page = await owner.get(byBalance.pathname + byBalance.search)
      expect(idsOn(page)).toEqual((await allIds(ORDERS[sort] as string)).slice(0, 50))
      expect(pagerLink(page, 'prev')).toBeNull()
    }
  })

  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  test.each([
    ['of no meaning', 'garbage'],
    ['of other bytes', encoded('\0\u{1F4A9} %')],
    ['with an impossible day', encoded('-registeredAt 0000000001 2026-13-45T99:99:99.999Z')],
    ['with a year before all', encoded('-registeredAt 0000000001 0000-01-01T00:00:00.000Z')],
    ['with SQL for an ID', encoded(`-registeredAt 000000000' 2026-01-01T00:00:00.000Z`)],
  ])('%s begins anew, in both directions', async (_case, place) => {
    const expected = idsOn(await owner.get('/customers'))
    for (const direction of ['after', 'before']) {
      const page = await owner.get(`/customers?${direction}=${place}`)
      expect(page.status).toBe(200)
      expect(idsOn(page)).toEqual(expected)
    }
  })

  test('beyond the end or before the beginning, it begins anew and not with an empty page', async () => {
    const expected = idsOn(await owner.get('/customers'))
    const longAgo = encoded('-registeredAt 0000000001 1990-01-01T00:00:00.000Z')
    const farOff = encoded('-registeredAt 0000000001 2999-01-01T00:00:00.000Z')
    expect(idsOn(await owner.get(`/customers?after=${longAgo}`))).toEqual(expected)
    expect(idsOn(await owner.get(`/customers?before=${farOff}`))).toEqual(expected)
  })
})

describe('who may see it', () => {
  test('nobody who is not logged in', async () => {
    const answer = await purser.visitor().get('/customers?q=x')
    expect([answer.status, answer.location]).toEqual([303, '/login?next=%2Fcustomers%3Fq%3Dx'])
  })

  test('another reseller sees none of these, whatever it asks for', async () => {
    const outsider = await purser.as(purser.eastgate.staff.owner)
    for (const query of ['', '?q=Blue', '?tag=vip', '?state=OFF', '?sort=-balance']) {
      const emails = rowsOf(await outsider.get(`/customers${query}`)).map(({ email }) => email)
      expect(emails.length).toBeLessThanOrEqual(1)
    }
  })
})
