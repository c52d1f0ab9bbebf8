import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import type { PostingKind, Prisma } from '../../src/generated/prisma/client.ts'
import { decodeAsk, encodeAsk, VERSION } from '../../src/ledger/codec.ts'
import { fingerprintOf, textDigest } from '../../src/ledger/fingerprint.ts'
import { kindOf } from '../../src/ledger/kinds.ts'
import { ApprovalDesk } from '../support/approvals.ts'
import { makeCustomer } from '../support/cast.ts'
import { booked, byHand, proveLedger } from '../support/ledger.ts'
import { refill } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { refusalOf, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let desk: ApprovalDesk
let clerk: string
beforeAll(async () => {
  purser = await startPurser()
  desk = new ApprovalDesk(purser.northwind)
  clerk = purser.northwind.staff.finance.id
})
afterAll(() => purser.stop())

const SALT = Buffer.from('00112233445566778899aabbccddeeff', 'hex')

/** What version 1 stored of every kind. */
const OF_ANY = `
  "receipt_confirmed": false,
  "posting_id": "019ac000-0000-7000-8000-000000000001",
  "entry_ids": ["019ac000-0000-7000-8000-000000000002", "019ac000-0000-7000-8000-000000000003"],
  "audit_id": "019ac000-0000-7000-8000-000000000004", "grant_id": "019ac000-0000-7000-8000-000000000005",
  "waiting_id": "019ac000-0000-7000-8000-000000000006",
  "spare_ids": ["019ac000-0000-7000-8000-000000000007", "019ac000-0000-7000-8000-000000000008",
    "019ac000-0000-7000-8000-000000000009", "019ac000-0000-7000-8000-00000000000a",
    "019ac000-0000-7000-8000-00000000000b", "019ac000-0000-7000-8000-00000000000c",
    "019ac000-0000-7000-8000-00000000000d"],
  "text_salt": "\\\\x00112233445566778899aabbccddeeff",
  "text_digest": "DIGEST",
  "actor_kind": "staff", "actor_id": "CLERK", "actor_name": "finance@northwind.example",
  "for_customer_id": null, "request_id": "a-request", "ip": "10.0.0.7", "user_agent": "A browser",
  "currency": "USD", "told_at": null, "limit_staff_id": "CLERK", "fingerprint": "${'f'.repeat(64)}"`

/** What it stored of each kind besides: kinds that came later never waited in version 1. */
const OF_KIND = {
  refill: `"reason": "payment_received", "comment": "", "note": "Thanks", "channel": "cash", "reference": "R 1", "effective_at": null,
    "amount": "700", "kind": "refill", "deed": "balance.refilled"`,
  deduction: `"reason": "billing_error", "comment": "twice", "note": "", "channel": null, "reference": null, "effective_at": null,
    "amount": "-700", "kind": "deduction", "deed": "balance.deducted"`,
  credits_set: `"reason": "courtesy", "comment": "", "note": "", "channel": null, "reference": null, "effective_at": null,
    "target": "900", "seen": "200", "category": "paid", "grant_expires_at": "2999-01-01T23:59:59.999Z",
    "kind": "credits_set", "deed": "credits.set"`,
  charge: `"reason": null, "comment": "", "note": "Traffic", "channel": null, "reference": "INV 7",
    "effective_at": "2026-11-01T00:00:00.000Z", "amount": "700", "kind": "charge", "deed": "customer.charged"`,
  reversal: `"reason": "refund", "comment": "by mistake", "note": "", "channel": null, "reference": null, "effective_at": null,
    "reverses": "REVERSED", "kind": "reversal", "deed": "posting.reversed"`,
} as const satisfies Partial<Record<PostingKind, string>>

/** What its approval moves on each account of a customer with a balance of 10.00 and credits of 2.00. */
const MOVES: Record<keyof typeof OF_KIND, Record<string, bigint>> = {
  refill: { BALANCE: 700n },
  deduction: { BALANCE: -700n },
  credits_set: { CREDITS: 700n },
  charge: { CREDITS: -200n, BALANCE: -500n },
  reversal: { BALANCE: -1000n },
}

/** A row that waits, as a version before stored it. */
async function waiting(kind: keyof typeof OF_KIND, version: object = {}) {
  const customer = await makeCustomer(purser.northwind, { credits: 200n })
  const { postingId } = booked(await refill(purser.northwind.system, customer, byHand(1000n)))
  const text = `{${OF_ANY}, ${OF_KIND[kind]}}`
    .replaceAll('CLERK', clerk)
    .replaceAll('REVERSED', postingId)
    .replaceAll('R 1', uuidv7())
  const stored = JSON.parse(text) as Record<'comment' | 'note' | 'reference', string> & Prisma.JsonObject
  const facts = { ...stored, text_digest: `\\x${textDigest(SALT, stored)}`, ...version }
  const id = uuidv7()
  await purser.owner.prisma.waitingPosting.create({
    data: {
      ...{ resellerId: purser.northwind.reseller.id, id, customerId: customer.id, kind, key: `key-${id}` },
      ...{ fingerprint: 'f'.repeat(64), amount: kind === 'reversal' ? 1000n : 700n, facts },
      ...{ makerId: clerk, makerName: 'finance@northwind.example' },
      receiptKey: kind === 'refill' ? `cash:${id}` : null,
      expiresAt: new Date(Date.now() + 60_000),
    },
  })
  return { id, customer }
}

const kinds = Object.keys(OF_KIND) as (keyof typeof OF_KIND)[]

test.each(kinds)('a %s that waits since version 1 is shown, and approved with its entries', async (kind) => {
  const { id, customer } = await waiting(kind)
  const admin = await purser.as(purser.northwind.staff.admin)
  const page = await admin.get(`/approvals/${id}`)
  expect(page.status).toBe(200)
  const { moves } = booked(await desk.approve(id))
  expect(Object.fromEntries(moves.map(({ account, amount }) => [account, amount]))).toEqual(MOVES[kind])
  for (const { account, after } of moves)
    expect(wordsOf(page)).toContain(
      `${account === 'BALANCE' ? 'Balance' : 'Credits'} after ${inWords(after)}`,
    )
  const events = await purser.owner.prisma.auditRow.findMany({ where: { customerId: customer.id } })
  expect(events.map(({ event }) => event)).toContain(kindOf(kind).event.name)
  const posting = await purser.owner.prisma.posting.findFirstOrThrow({ where: { approvalId: id } })
  expect(posting).toMatchObject({ kind, limitStaffId: clerk, actorName: 'finance@northwind.example' })
  await proveLedger(purser.services.database.pool, customer)
})

const inWords = (minor: bigint) => `${(Number(minor) / 100).toFixed(2)} USD`

describe('what a newer version asked', () => {
  test('is shown without what is in it, cannot be approved, and can be rejected', async () => {
    const { id } = await waiting('refill', { v: VERSION + 1 })
    const admin = await purser.as(purser.northwind.staff.admin)
    expect(wordsOf(await admin.get(`/approvals/${id}`))).toContain('entered with a newer version of Purser')
    const answer = await admin.post(`/approvals/${id}/approval`, { csrf: await tokenOf(admin) })
    expect([answer.status, refusalOf(answer)]).toEqual([
      409,
      expect.stringContaining('entered with a newer version of Purser'),
    ])
    await desk.reject(id)
    expect((await desk.rowOf(id)).state).toBe('rejected')
  })

  test('is refused by the database too', async () => {
    const { id, customer } = await waiting('refill')
    const { facts } = await desk.rowOf(id)
    const { rows } = await purser.services.database.pool.query<{ answer: unknown }>(
      'select post_to_ledger($1, $2, $3, $4::jsonb) as answer',
      [
        purser.northwind.reseller.id,
        customer.id,
        'a-key-of-a-newer-one',
        { ...(facts as object), v: VERSION + 1 },
      ],
    )
    expect(rows).toEqual([{ answer: { outcome: 'newer' } }])
  })
})

test('what is asked is read again as it was', () => {
  const customer = { id: 'AAAAAAAAAA' }
  const ask = { kind: 'deduction', key: 'a-key-of-mine', amount: 700n } as const
  const { text } = encodeAsk(desk.actorOf('finance'), customer, { ...ask, comment: 'why', note: '' })
  expect(decodeAsk(JSON.parse(text))).toMatchObject({ kind: 'deduction', amount: 700n, comment: 'why' })
})

test('the same form has the same fingerprint as in the version before', () => {
  const facts = { reason: 'other', comment: 'c', note: '', reference: '', confirmDuplicate: false } as const
  const ask = { kind: 'deduction', amount: 500n, key: 'a-key-of-mine', ...facts } as const
  expect(fingerprintOf('AAAAAAAAAA', ask)).toBe(
    '49dba4833d4b4f926e25a95cc8e71be8933907116af85de5a697c69d1206086e',
  )
})
