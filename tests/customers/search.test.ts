import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { customers, CustomerQuery } from '../../src/customers/list.ts'
import { FROM_THE_START } from '../../src/lists/order.ts'
import { findStatement } from '../../src/lists/statement.ts'
import type { Jobs } from '../../src/jobs/queue.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { newcomer, ownPath } from '../support/invites.ts'
import { readCsv } from '../support/csv.ts'
import { mixedCrowd, makeCrowd } from '../support/crowd.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { followTag } from '../support/rounds.ts'
import { type Answer, type Visitor, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const emailsOn = (page: Answer) =>
  page.html
    .querySelectorAll('table.customers tbody tr')
    .map((row) => row.querySelector('td a')?.textContent.trim() ?? '')

async function found(words: string, browser = owner) {
  const page = await browser.get(`/customers?q=${encodeURIComponent(words)}`)
  expect(page.status).toBe(200)
  return emailsOn(page)
}

/** Through the form of New Customer Account; the customer's ID. */
async function create(fields: Record<string, string>): Promise<string> {
  const answer = await owner.submit(await owner.get('/customers/new'), fields)
  expect(answer.status, wordsOf(answer)).toBe(303)
  return answer.location?.split('/').at(-1) ?? ''
}

/** Whose search row says something else than the facts of today. */
async function behind() {
  const { rows } = await purser.owner.pool.query<{ email: string }>(
    `select c.email from customers c left join customer_search s on s.reseller_id = c.reseller_id and s.id = c.id
     where s.words is distinct from search_words(c.reseller_id, c.id)`,
  )
  return rows.map(({ email }) => email)
}

const BILLING = {
  kind: 'enterprise',
  legalName: 'Łukasiewicz & Søn',
  companyName: 'L’Étoile Straße GmbH',
  taxId: 'DE 123 456 789',
  addressLine1: 'Ćmielów 17b',
  addressLine2: 'Hinterhaus',
  city: 'Hódmezővásárhely',
  region: 'Csongrád',
  postalCode: '6800',
  country: 'HU',
  billingEmail: 'rechnung@etoile.example',
}

describe('a customer is found by', () => {
  const ADA = 'zz.adl@etoile.example'
  let id = ''
  beforeAll(async () => {
    id = await create({
      email: ADA,
      name: 'Ada Bergmán',
      teamName: 'Quay Team',
      tags: 'Großkunde, net 30',
      ...BILLING,
    })
    const edit = await owner.get(`/customers/${id}/edit`)
    await owner.submit(edit, { phone: '+49 (0)30-123 456', externalReference: 'CRM-00417' })
    await create({ email: 'berta@other.example', name: 'Berta Frau', teamName: 'Other' })
    await makeCustomer(purser.northwind, { email: 'li@search.example', name: '山田太郎' })
  })

  test.each([
    ['name', 'Ada Bergmán'],
    ['name, the other way round', 'bergman ada'],
    ['name, without accent and in capitals', 'BERGMAN'],
    ['name, decomposed', 'Bergma\u0301n'],
    ['name, with double blanks', 'Ada  Bergman'],
    ['name, with a no-break blank', 'Ada\u00a0Bergman'],
    ['name, in full width', 'Ａｄａ　Ｂｅｒｇｍａｎ'],
    ['name, with what nobody sees', 'Ada Berg\u200bman'],
    ['name, the last one first and a comma', 'Bergman, Ada'],
    // More than “be”: another's random ID may begin with AD, and Berlin with that.
    ['beginnings of words, as one types', 'ad berg'],
    ['name and city together', 'ada hodmezovasarhely'],
    ['legal name', 'lukasiewicz & son'],
    ['company', 'letoile strasse'],
    ['company, with another apostrophe', "L'Étoile"],
    ['company, in capitals', 'STRASSE'],
    ['tax ID', 'DE 123 456 789'],
    ['tax ID without blanks', 'DE123456789'],
    ['tax ID with dots', 'de123.456.789'],
    ['street', 'ćmielów 17B'],
    ['second line', 'hinterhaus'],
    ['whole billing address', 'Ćmielów 17b, 6800 Hódmezővásárhely'],
    ['region', 'csongrad'],
    ['billing address by mail', 'rechnung@etoile.example'],
    ['team', 'quay'],
    ['tag', 'grosskunde'],
    ['tag of two words and a name', 'net 30 bergman'],
    ['external reference', 'crm-00417'],
    ['external reference without its sign', 'CRM00417'],
    ['telephone', '+49 (0)30-123 456'],
    ['telephone by its digits', '4930123456'],
    ['telephone, as dialled at home', '030 123456'],
    ['telephone, as dialled at home, in one', '030123456'],
    ['telephone, as dialled from abroad', '0049 30 123 456'],
    ['telephone, with slashes', '030/123-456'],
    ['telephone as a link', 'tel:+4930123456'],
    ['telephone as a card writes it', 'Tel.: +49 30 123456'],
    ['the last digits of the telephone', '123456'],
    ['telephone and name', 'ada 030 123 456'],
    ['account', ADA],
    ['account in brackets', `<${ADA}>`],
    ['account, as mail programs write it', `"Bergman, A. (Sales)" <${ADA}>`],
    ['account as a link', `mailto:${ADA}?subject=Hello%20there`],
    ['account as a link with signs of addresses', 'mailto:zz.adl%40etoile.example'],
    ['account as a link twice, as messengers write it', `<mailto:${ADA}|${ADA}>`],
    ['account as a link with slashes', `mailto://${ADA}`],
    ['account as a row of a header', `To: ${ADA}`],
    ['account as directories write it', `SMTP:${ADA.toUpperCase()}`],
    ['account with what a card calls it', `E-mail: <${ADA}>`],
    ['account out of a page’s source', `&lt;${ADA}&gt;`],
    ['account out of an address of the web', 'zz.adl%40etoile.example'],
    ['account in other quotes', `«${ADA}»`],
    ['account in bold', `**${ADA}**`],
    ['account before a slash', `${ADA}/`],
    ['account behind a comma', `${ADA},`],
    ['account in full width', 'ｚｚ．ａｄｌ＠ｅｔｏｉｌｅ．ｅｘａｍｐｌｅ'],
    ['domain of the account', '@etoile'],
    ['a word of one letter and another', 'a bergman'],
  ])('%s', async (_what, words) => {
    expect(await found(words)).toEqual([ADA])
  })

  test('internal ID, in small letters too, and with letters for digits', async () => {
    expect(await found(id.toLowerCase())).toEqual([ADA])
    expect(await found(` ${id.replaceAll('0', 'O').replaceAll('1', 'l')} `)).toEqual([ADA])
  })

  test('the address of their page in the portal, as it is pasted', async () => {
    const { id, email } = await makeCustomer(purser.northwind)
    expect(await found(`https://portal.example/customers/${id}`)).toEqual([email])
    expect(await found(`/customers/${id}/billing?from=2026-11-01`)).toEqual([email])
    expect(await found(`https://portal.example/customers/export.csv`)).toEqual([])
  })

  test('a number with a plus, and nobody by its groups', async () => {
    const { id: hers, email } = await makeCustomer(purser.northwind)
    const { id: other } = await makeCustomer(purser.northwind, { name: 'Unit 0146' })
    await owner.submit(await owner.get(`/customers/${hers}/edit`), { phone: '+1 555 0146' })
    await owner.submit(await owner.get(`/customers/${other}/edit`), { phone: '+1 555 9900' })
    expect(await found('+1 555 0146')).toEqual([email])
    expect(await found('+1 (555) 01-46')).toEqual([email])
  })

  test('what has a plus in its name or address, and two numbers, one of them in the name', async () => {
    const { email } = await makeCustomer(purser.northwind, { email: 'plus+2024-11@customer.example' })
    const { id, email: hers } = await makeCustomer(purser.northwind, { name: 'Line +49 30 71945' })
    await owner.submit(await owner.get(`/customers/${id}/edit`), { phone: '+49 40 83271' })
    expect(await found('+2024-11')).toEqual([email])
    expect(await found('+49 30 71945')).toEqual([hers])
    expect(await found('+49 30 71945 +49 40 83271')).toEqual([hers])
  })

  test('a telephone number that is kept as dialled at home, by the one for abroad', async () => {
    const { id: home } = await makeCustomer(purser.northwind, { email: 'home@search.example' })
    await owner.submit(await owner.get(`/customers/${home}/edit`), { phone: '089 / 7654 321' })
    for (const words of ['+49 89 7654321', '0049897654321', '089 7654321', '7654321']) {
      expect(await found(words), words).toEqual(['home@search.example'])
    }
  })

  test('names that are written without blanks, by any part of them', async () => {
    for (const words of ['山田', '太郎', '山田太郎', '田']) {
      expect(await found(words), words).toEqual(['li@search.example'])
    }
  })

  test.each([
    ['a word that nobody has', 'ada nobody'],
    ['the end of one fact and the beginning of the next', 'bergmanquay'],
    // Of “Łukasiewicz”: no ID, which is random, begins with an I.
    ['letters within a word, where they are few', 'ie'],
    ['two addresses, of which one is somebody else’s', `${ADA} berta@other.example`],
  ])('not by %s', async (_what, words) => {
    expect(await found(words)).toEqual([])
  })

  test('another reseller finds nobody by any of it', async () => {
    const outsider = await purser.as(purser.eastgate.staff.owner)
    for (const words of ['bergman', ADA, id, 'CRM-00417', '4930123456', 'a']) {
      expect(await found(words, outsider), words).toEqual([])
    }
  })
})

describe('whom the search names outright stands first', () => {
  test('by account, internal ID or reference, however the list is sorted, and others follow on every page', async () => {
    const email = 'li@first.example'
    const customer = await makeCustomer(purser.northwind, { email, externalReference: 'REF 7001' })
    const crowd = mixedCrowd(70).map((member, at) => ({ ...member, email: `a${at}.li@first.example` }))
    await makeCrowd(purser.northwind, crowd, { from: 5_000 })
    for (const words of [email, `<${email.toUpperCase()}>`]) {
      for (const sort of ['', '-email', 'registeredAt']) {
        const first = await owner.get(`/customers?q=${encodeURIComponent(words)}&sort=${sort}`)
        expect(emailsOn(first)[0], `${words} ${sort}`).toBe(email)
        expect(emailsOn(first)).toHaveLength(50)
        const next = await owner.get(
          first.html.querySelector('.pager a[rel="next"]')?.getAttribute('href') ?? '',
        )
        expect(new Set([...emailsOn(first), ...emailsOn(next)]).size).toBe(71)
        expect(emailsOn(next)).toHaveLength(21)
        const back = await owner.get(
          next.html.querySelector('.pager a[rel="prev"]')?.getAttribute('href') ?? '',
        )
        expect(emailsOn(back)).toEqual(emailsOn(first))
      }
    }
    await makeCustomer(purser.northwind, {
      email: `z.${customer.id.toLowerCase()}@first.example`,
      name: 'ref 7001 b',
    })
    for (const words of [customer.id, 'ref 7001']) {
      expect(await found(words), words).toEqual([email, `z.${customer.id.toLowerCase()}@first.example`])
    }
  })

  test('but not where another filter leaves it out', async () => {
    const { email } = await makeCustomer(purser.northwind, { email: 'off@first.example', state: 'OFF' })
    expect(emailsOn(await owner.get(`/customers?q=${email}&state=OFF`))).toEqual([email])
    expect(emailsOn(await owner.get(`/customers?q=${email}&state=ON`))).toEqual([])
    expect(emailsOn(await owner.get(`/customers?q=${email}&type=default`))).toEqual([])
  })

  test('and the file has the rows of the list, in its order', async () => {
    for (const q of ['li@first.example', 'li first', '<li@first.example>']) {
      const address = `q=${encodeURIComponent(q)}&sort=-email`
      const file = await owner.get(`/customers/export.csv?${address}`)
      const [, ...rows] = readCsv(file.text)
      expect(rows).toHaveLength(71)
      expect(rows.slice(0, 50).map(([email]) => email)).toEqual(
        emailsOn(await owner.get(`/customers?${address}`)),
      )
    }
  })
})

describe('the search row follows', () => {
  const EDITS: readonly [string, (id: string) => Promise<unknown>][] = [
    [
      'an edit',
      async (id) =>
        owner.submit(await owner.get(`/customers/${id}/edit`), {
          name: 'Edited Person',
          phone: '+1 212 555 0199',
        }),
    ],
    [
      'another name of the team',
      async (id) =>
        owner.post(`/customers/${id}/team`, { csrf: await tokenOf(owner), teamName: 'Renamed Team' }),
    ],
    ['tags', async (id) => owner.submit(await owner.get(`/customers/${id}/tags`), { tags: 'Fresh Tag' })],
    [
      'a billing profile',
      async (id) =>
        owner.submit(await owner.get(`/customers/${id}/billing/profile`), {
          ...BILLING,
          legalName: 'Profiled Person',
        }),
    ],
  ]
  const WORDS = ['edited 2125550199', 'renamed', 'fresh', 'profiled csongrad']

  test('every way in which staff, the customer, an invite and a job change something', async () => {
    const id = await create({
      email: 'walk@search.example',
      name: 'Walk',
      teamName: 'Walkers',
      tags: 'First Tag',
    })
    expect(await behind()).toEqual([])
    expect(await found('walkers first tag')).toEqual(['walk@search.example'])
    for (const [at, [what, edit]] of EDITS.entries()) {
      await edit(id)
      expect(await behind(), what).toEqual([])
      expect(await found(WORDS[at] ?? ''), what).toEqual(['walk@search.example'])
    }
    expect(await found('walkers')).toEqual([])

    const own = await makeCustomer(purser.northwind, { email: 'own@search.example', password: PASSWORD })
    const browser = await purser.asCustomer(own)
    await browser.submit(
      await browser.get('/console/profile'),
      { name: 'Själv' },
      { action: '/console/profile' },
    )
    expect(await found('sjalv')).toEqual(['own@search.example'])

    const person = newcomer({ name: 'Çağrı Öztürk', teamName: 'Comers' })
    const visitor = purser.visitor()
    expect((await visitor.submit(await visitor.get(await ownPath(owner)), person)).status).toBe(303)
    expect(await found('ozturk cagri')).toEqual([person.email])
    expect(await behind()).toEqual([])
  })

  test('a move to another team', async () => {
    const mover = await makeCustomer(purser.northwind, { email: 'mover@search.example' })
    const target = await makeCustomer(purser.northwind, { teamName: 'Destination Unique' })
    const page = await owner.get(`/customers/${mover.id}/team?q=destination+unique`)
    expect(wordsOf(page)).toContain('Destination Unique')
    await owner.post(`/customers/${mover.id}/team`, { csrf: await tokenOf(owner), teamId: target.teamId })
    expect(await found('destination mover')).toEqual(['mover@search.example'])
    expect(await behind()).toEqual([])
  })

  test('of two who change facts of one customer at once, both', async () => {
    const { id, teamId } = await makeCustomer(purser.northwind, { email: 'both@search.example' })
    const [one, other] = await Promise.all([purser.owner.pool.connect(), purser.owner.pool.connect()])
    try {
      await one.query('begin')
      await one.query(`update customers set name = 'Concurrent' where id = $1`, [id])
      await other.query('begin')
      const waits = other.query(`update teams set name = 'Simultaneous' where id = $1`, [teamId])
      await one.query('select pg_sleep(0.2)')
      await one.query('commit')
      await waits
      await other.query('commit')
    } finally {
      one.release()
      other.release()
    }
    expect(await found('concurrent simultaneous')).toEqual(['both@search.example'])
  })
})

describe('a tag', () => {
  /** What the queue holds for later, done now. */
  async function doJobs() {
    const { rows } = await purser.services.database.pool.query<{ data: Jobs['follow-tag'] }>(
      `delete from pgboss.job where name = 'follow-tag' returning data`,
    )
    for (const { data } of rows) await followTag(purser.services, data)
    return rows.length
  }
  const tagged = async (name: string, count: number) => {
    const emails: string[] = []
    for (let n = 0; n < count; n++) {
      const email = `${name.replaceAll(/\W/g, '')}-${n}@tags.example`.toLowerCase()
      await create({ email, name: 'Tagged', teamName: 'Tagged', tags: name })
      emails.push(email)
    }
    const page = await owner.get('/tags')
    const row = page.html.querySelectorAll('tbody tr').find((tr) => tr.textContent.includes(name))
    const address = row
      ?.querySelectorAll('a')
      .map((a) => a.getAttribute('href') ?? '')
      .find((href) => href.endsWith('/edit'))
    return {
      emails: emails.toReversed(),
      edit: await owner.get(address ?? ''),
      address: (address ?? '').replace(/\/edit$/, ''),
    }
  }

  test('that is renamed finds by its former name until a job has been there, and by the new one from then on', async () => {
    const { emails, edit, address } = await tagged('Vörmals 50%', 2)
    await owner.submit(edit, { name: 'Nachmals' }, { action: address })
    expect(await found('vormals')).toEqual(emails)
    expect(await doJobs()).toBe(1)
    expect(await found('vormals')).toEqual([])
    expect(await found('nachmals')).toEqual(emails)
    expect(await behind()).toEqual([])
  })

  test('that is merged or removed as well', async () => {
    const kept = await tagged('Keptone', 1)
    const merged = await tagged('Mergedone', 2)
    await owner.submit(merged.edit, { into: 'Keptone' }, { action: `${merged.address}/merger` })
    expect(await found('mergedone')).toEqual(merged.emails)
    expect(await doJobs()).toBe(1)
    expect((await found('keptone')).toSorted()).toEqual([...merged.emails, ...kept.emails].toSorted())

    await owner.submit(await owner.get(`${kept.address}/edit`), {}, { action: `${kept.address}/removal` })
    expect(await found('keptone -1')).toEqual([])
    expect(await doJobs()).toBe(1)
    expect((await found('tagged keptone')).toSorted()).toEqual(kept.emails)
    expect(await behind()).toEqual([])
  })

  test('on more customers than go into a lot', async () => {
    await makeCrowd(
      purser.northwind,
      mixedCrowd(230).map((member, at) => ({
        ...member,
        email: `lot${at}@lots.example`,
        externalReference: '',
        tags: ['Lotted'],
      })),
      { from: 9_000 },
    )
    const { edit, address } = await tagged('Lotted', 1)
    await owner.submit(edit, { name: 'Relotted' }, { action: address })
    await doJobs()
    expect(await behind()).toEqual([])
  })
})

describe('the statement', () => {
  test.each(['bergman', 'ada bergman', 'ad', 'a', '山', 'zz.adl@etoile.example', 'nobody-of-this-name'])(
    'for “%s” looks by the trigram index',
    async (q) => {
      const query = CustomerQuery.parse({ q })
      const reading = { actor: purser.northwind.system, of: null, query }
      const { text, values } = findStatement(customers, reading, 'q', { ...FROM_THE_START, limit: 51 })
      const client = await purser.owner.pool.connect()
      try {
        // A table of few rows is read whole otherwise, by itself or by its key.
        await client.query(
          `begin; set local enable_seqscan = off; alter table customer_search drop constraint customer_search_pkey;
           drop index customer_search_reseller_id_type_state_registered_at_id_idx, customer_search_reseller_id_type_state_email_id_idx`,
        )
        const { rows } = await client.query<Record<string, string>>(`explain ${text}`, values)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan).toContain('customer_search_words_idx')
        expect(plan).toMatch(/Index Cond: .*words ~~ /)
      } finally {
        await client.query('rollback')
        client.release()
      }
    },
  )
})
