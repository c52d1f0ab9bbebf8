import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LedgerQuery } from '../../src/ledger/list/filter.ts'
import { ledger } from '../../src/ledger/list/list.ts'
import { FROM_THE_START } from '../../src/lists/order.ts'
import { readPage } from '../../src/lists/page.ts'
import { pageStatement } from '../../src/lists/statement.ts'
import { refill, reverse } from '../support/postings.ts'
import { ApprovalDesk, waitingIdOf } from '../support/approvals.ts'
import { makeCustomer } from '../support/cast.ts'
import {
  atOnce,
  booked,
  byHand,
  countStatuses,
  limitRole,
  moneyForm,
  proveLedger,
} from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { type Visitor, errorAt, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
let send: Awaited<ReturnType<typeof moneyForm>>
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
  send = await moneyForm(finance)
})
afterAll(() => purser.stop())

const payment = { amount: '5', reason: 'payment_received', channel: 'bank_transfer' }
const prove = (customer: { id: string; resellerId: string }) =>
  proveLedger(purser.services.database.pool, customer)

async function foldedOf(reference: string): Promise<string> {
  const { rows } = await purser.services.database.pool.query('select receipt_folded($1) as folded', [
    reference,
  ])
  return rows[0].folded
}

describe('references are compared folded', () => {
  test.each([
    ['a capital and a blank', 'INV 2026-100', 'inv-2026 100'],
    ['nothing between letters and digits', 'INV2026-100', 'inv / 2026.100'],
    ['accents', 'Reçu n° 7', 'RECU N 7'],
    ['accents that are characters of their own', 'Re\u0301c\u0327u', 'réçu'],
    ['wide letters and digits', 'ＩＮＶ　１２', 'inv 12'],
    ['the sharp s', 'Straße 5', 'STRASSE 5'],
    ['the Turkish i, with and without its dot', 'İADE ı', 'iade I'],
    ['the Greek final s', 'ΛΌΓΟΣ', 'λογος'],
    ['Cyrillic', 'СЧЁТ № 5', 'счет no5'],
    ['ligatures and numbers in one character', 'ﬁle ⅷ', 'FILE VIII'],
    ['Arabic digits', '٢٠٢٦-١٠٠', '2026 100'],
    ['Devanagari digits', '२०२६', '2026'],
    ['a zero width space, a soft hyphen, a byte order mark', 'a\u200bb\u00adc\ufeff', 'abc'],
    ['direction marks and variation selectors', '\u200eab\u202ec\ufe0f', 'abc'],
    ['every dash', 'a‐b‑c‒d–e—f−g', 'abcdefg'],
    ['a run of anything between digits', '12 --/ 3', '12.3'],
    ['emoji', 'paid 🎉 12', 'PAID-12'],
  ])('%s', async (_what, one, other) => {
    expect(await foldedOf(one)).toBe(await foldedOf(other))
  })

  test.each([
    ['12-3', '123'],
    ['12-3', '1-23'],
    ['1.23', '12.3'],
    ['12\u200b3', '123'],
    ['INV 1', 'INV 11'],
    ['a', 'b'],
    ['---', '—'],
    ['***', '---'],
    ['が', 'か'],
    ['中', '文'],
  ])('%s is not %s', async (one, other) => {
    expect(await foldedOf(one)).not.toBe(await foldedOf(other))
  })

  test('without letter or digit they are compared as typed', async () => {
    for (const reference of ['-', '***', '# / #', '🎉', '\u200b']) {
      expect(await foldedOf(reference)).toBe(reference)
    }
  })

  test('as Unicode has it: for each character that Node.js knows', async () => {
    const isAsPeoplePlease =
      /[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/u
    const characters = Array.from({ length: 0xffff }, (_, at) => String.fromCharCode(at + 1)).filter(
      // Nor fractions, which have a separator in them.
      (character) => !/[\p{Cs}\p{Cn}\p{Co}]|\u2044./u.test(character.normalize('NFKD')),
    )
    // What is newer than the database's own Unicode is nothing that it could fold.
    const { rows } = await purser.services.database.pool.query<{ folded: string; character: string }>(
      `select character, receipt_folded('x' || character || 'y') as folded from unnest($1::text[]) as character where unicode_assigned(character)`,
      [characters],
    )
    const strange = rows.filter(({ character, folded: whole }) => {
      const plain = [...character.normalize('NFKD')]
        .filter((one) => /[\p{L}\p{N}\p{M}]/u.test(one) && !isAsPeoplePlease.test(one))
        .filter((one) => !/\p{Default_Ignorable_Code_Point}|[\u02b0-\u02ff]/u.test(one))
        .join('')
      const folded = whole.slice(1, -1)
      const isSameWord = plain
        .toLowerCase()
        .normalize('NFKD')
        .replaceAll(/[\u0307]/g, '')
      const others = { ß: 'ss', ς: 'σ', ı: 'i' } as Record<string, string>
      const wanted = [...isSameWord].map((one) => others[one] ?? one).join('')
      return folded !== (/^\p{Nd}$/u.test(wanted) && wanted > '9' ? folded.match(/^\d$/)?.[0] : wanted)
    })
    expect(rows.length).toBeGreaterThan(50_000)
    expect(strange.map(({ character: one }) => `${one} U+${one.charCodeAt(0).toString(16)}`)).toEqual([])
  })

  test('one that becomes many characters is booked too', async () => {
    const customer = await makeCustomer(purser.northwind)
    const reference = '\ufdfa'.repeat(120)
    expect((await send(customer, 'refills', { ...payment, reference })).status).toBe(303)
    expect((await send(customer, 'refills', { ...payment, reference })).status).toBe(409)
  })
})

describe('a receipt is booked once, however it is written', () => {
  test('the second is refused, and the page says for whom it was booked, and where', async () => {
    const [first, second] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    expect((await send(first, 'refills', { ...payment, reference: 'INV 2026-100' })).status).toBe(303)
    const page = await finance.get(`/customers/${second.id}/balance`)
    const again = { ...payment, reference: 'inv-2026 100', comment: 'kept' }
    const answer = await finance.submit(page, again, { action: '/refills' })
    expect(answer.status).toBe(409)
    expect(errorAt(answer, 'reference')).toContain('is already posted')
    expect(wordsOf(answer)).toContain(`Already posted for ${first.email} with the reference INV 2026-100.`)
    const { moves } = await prove(first)
    const [move] = moves
    expect(
      answer.html.querySelector(`a[href$="/customers/${first.id}/postings/${move?.posting_id}"]`),
    ).not.toBeNull()
    expect((await prove(second)).balance).toBe(0n)

    const ticked = await finance.submit(answer, { confirmDuplicate: 'on' }, { action: '/refills' })
    expect(ticked.status).toBe(303)
    expect((await prove(second)).balance).toBe(500n)
    // The first posting has the receipt, and keeps it.
    expect((await send(second, 'refills', { ...payment, reference: 'Inv.2026/100' })).status).toBe(409)
  })

  test('the other digits, the other channel and the other reseller’s are others', async () => {
    const customer = await makeCustomer(purser.northwind)
    expect((await send(customer, 'refills', { ...payment, reference: '12-3' })).status).toBe(303)
    expect((await send(customer, 'refills', { ...payment, reference: '1-23' })).status).toBe(303)
    expect((await send(customer, 'refills', { ...payment, reference: '12/3', channel: 'card' })).status).toBe(
      303,
    )
    expect((await send(customer, 'refills', { ...payment, reference: '12 3' })).status).toBe(409)
    const elsewhere = await moneyForm(await purser.as(purser.eastgate.staff.owner))
    const there = await makeCustomer(purser.eastgate)
    expect((await elsewhere(there, 'refills', { ...payment, reference: '12 3' })).status).toBe(303)
  })

  test('of twenty at once, written in two ways for two customers, one is booked', async () => {
    const [one, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const answers = await atOnce(20, (at) =>
      at % 2
        ? send(one, 'refills', { ...payment, reference: 'RACE 2026-100' })
        : send(other, 'refills', { ...payment, reference: 'race 2026 100' }),
    )
    expect(countStatuses(answers)).toEqual({ 303: 1, 409: 19 })
    expect((await prove(one)).balance + (await prove(other)).balance).toBe(500n)
  })

  test('its reversal does not free it', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    const receipt = { reason: 'payment_received', channel: 'cash', reference: 'REV 1' } as const
    const { postingId } = booked(await refill(system, customer, { ...byHand(100n), ...receipt }))
    await reverse(system, customer, { ...byHand(), postingId })
    await expect(
      refill(system, customer, { ...byHand(100n), ...receipt, reference: 'rev-1' }),
    ).rejects.toMatchObject({ status: 409 })
  })
})

describe('approvals compare them the same way', () => {
  test('of two that wait, the second can only be rejected once the first is approved, and its page says so', async () => {
    const { northwind } = purser
    const desk = new ApprovalDesk(northwind)
    await limitRole(northwind, 'finance', { approvalAbove: 20_000n })
    const [one, other] = [await makeCustomer(northwind), await makeCustomer(northwind)]
    const paid = (customer: { id: string }, reference: string) =>
      waitingIdOf(
        refill(desk.actorOf('finance'), customer, {
          ...byHand(30_000n),
          reason: 'payment_received',
          channel: 'cash',
          reference,
        }),
      )
    const [first, second] = [await paid(one, 'WAIT 7'), await paid(other, 'wait-7')]
    const admin = await purser.as(northwind.staff.admin)
    const before = await admin.get(`/approvals/${second}`)
    expect(wordsOf(before)).not.toContain('has since been posted')
    const csrf = valueOf(before, 'csrf') ?? ''
    const approve = (id: string) => admin.post(`/approvals/${id}/approval`, { csrf, comment: 'yes' })
    expect((await approve(first)).status).toBe(303)
    const page = await admin.get(`/approvals/${second}`)
    expect(wordsOf(page)).toContain('has since been posted. You can only reject this one.')
    expect(page.html.querySelector(`a[href*="/customers/${one.id}/postings/"]`)).not.toBeNull()
    const refused = await approve(second)
    expect([refused.status, refusalOf(refused)]).toEqual([
      409,
      expect.stringContaining('has since been posted'),
    ])
    expect((await prove(one)).balance).toBe(30_000n)
    expect((await prove(other)).balance).toBe(0n)
    await limitRole(northwind, 'finance', {})
  })

  test('what was confirmed as a duplicate before it waited is booked, and its page says of what', async () => {
    const { northwind } = purser
    const desk = new ApprovalDesk(northwind)
    const receipt = { reason: 'payment_received', channel: 'cash' } as const
    const [one, other] = [await makeCustomer(northwind), await makeCustomer(northwind)]
    await refill(northwind.system, one, { ...byHand(100n), ...receipt, reference: 'TWICE 1' })
    await limitRole(northwind, 'finance', { approvalAbove: 20_000n })
    const again = { ...byHand(30_000n), ...receipt, reference: 'twice-1', confirmDuplicate: true }
    const id = await waitingIdOf(refill(desk.actorOf('finance'), other, again))
    const admin = await purser.as(northwind.staff.admin)
    const page = await admin.get(`/approvals/${id}`)
    expect(wordsOf(page)).toContain(
      'Entered even though a payment with this channel and reference is already posted.',
    )
    expect(page.html.querySelector(`a[href*="/customers/${one.id}/postings/"]`)).not.toBeNull()
    expect((await admin.submit(page, { comment: 'yes' }, { action: '/approval' })).status).toBe(303)
    expect((await prove(other)).balance).toBe(30_000n)
    await limitRole(northwind, 'finance', {})
  })
})

describe('the ledger’s search', () => {
  test('finds a reference however it is written, for all customers and for one', async () => {
    const { northwind } = purser
    const customer = await makeCustomer(northwind)
    const stranger = await makeCustomer(northwind)
    const receipt = { reason: 'payment_received', channel: 'other', reference: 'FIND 2026-7' } as const
    await refill(northwind.system, customer, { ...byHand(100n), ...receipt })
    await refill(northwind.system, stranger, { ...byHand(100n), ...receipt, reference: 'FIND 20-267' })
    const found = async (address: string) =>
      (await finance.get(address)).html.querySelectorAll('tbody tr').length
    for (const reference of ['find-2026/7', 'Find2026 7', 'FIND 2026-7']) {
      const query = `?reference=${encodeURIComponent(reference)}`
      expect(await found(`/ledger${query}`)).toBe(1)
      expect(await found(`/customers/${customer.id}/ledger${query}`)).toBe(1)
      expect(await found(`/customers/${stranger.id}/ledger${query}`)).toBe(0)
    }
    const query = LedgerQuery(northwind.reseller).parse({ reference: 'find 2026 7' })
    const reading = { actor: northwind.system, of: { customer: null }, query }
    expect((await readPage(ledger, reading)).rows).toHaveLength(1)
  })

  test('by the index of the folded form', async () => {
    const { system } = purser.northwind
    const query = LedgerQuery(purser.northwind.reseller).parse({ reference: 'find 2026 7' })
    const { text, values } = pageStatement(
      ledger,
      { actor: system, of: { customer: null }, query },
      { ...FROM_THE_START, look: 2_000, limit: 51 },
    )
    const client = await purser.owner.pool.connect()
    try {
      // A table of few rows is read whole otherwise.
      await client.query('begin; set local enable_seqscan = off')
      const { rows } = await client.query<Record<string, string>>(`explain ${text}`, values)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).toContain('postings_reseller_id_reference_folded_posted_at_idx')
      expect(plan).toMatch(/Index Cond: .*receipt_folded\(reference\)/)
    } finally {
      await client.query('rollback')
      client.release()
    }
  })
})

test('and all of it is proved', async () => {
  expect(await verifyLedger(purser.services.database, {})).toMatchObject({ fault: null })
})
