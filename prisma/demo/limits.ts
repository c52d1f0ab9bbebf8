import { auditRow } from '../../src/events/record.ts'
import type { Transaction } from '../../src/database/client.ts'
import { ApprovePosting } from '../../src/ledger/approvals/approve.ts'
import { Refill } from '../../src/ledger/refill.ts'
import { SetCredits } from '../../src/ledger/credits.ts'
import { Deduct } from '../../src/ledger/deduct.ts'
import { actingAlone } from '../../src/actions/caller.ts'
import type { DemoHouse } from './house.ts'
import { DAY_MS } from './people.ts'
import { overdraftSet } from '../../src/ledger/set-overdraft.ts'
import { limitsSet } from '../../src/ledger/raises/events.ts'

/** Limits of Finance, in whole units: far above the daily work, so that who tries the demo out meets them on purpose. */
const FINANCE = { entryMax: 25_000n, dayMax: 100_000n, approvalAbove: 5_000n }
const OVERDRAFT = 500n
const LOW_BALANCE = 20n
const DEDUCTED = 5_200n

/**
 * Limits for Finance, postings of theirs that wait for a second person and one that was approved, a customer with an overdraft, and the
 * threshold of low-balance alerts. Upon customers with the most money, and none of those who can log in. After the history, so
 * that nothing of that is bound by it.
 */
export async function setDemoLimits(
  db: Transaction,
  house: DemoHouse,
  { now, known }: { now: Date; known: readonly string[] },
) {
  const { id: resellerId, currencyScale } = house.reseller
  const minor = (units: bigint) => units * 10n ** BigInt(currencyScale)
  const ago = (hours: number) => new Date(now.getTime() - hours * 60 * 60_000)
  const rich = await db.customer.findMany({
    where: { resellerId, state: 'ON', email: { notIn: [...known] }, team: { type: 'enterprise' } },
    orderBy: [{ balance: 'desc' }, { id: 'asc' }],
    take: 5,
  })
  const [first, second, third, fourth, fifth] = rich
  // A small demo, as tests load one, has nobody who could spare so much.
  if (!first || !second || !third || !fourth || !fifth || third.balance < minor(DEDUCTED)) return

  const limits = {
    entryMax: minor(FINANCE.entryMax),
    dayMax: minor(FINANCE.dayMax),
    approvalAbove: minor(FINANCE.approvalAbove),
  }
  await db.role.update({ where: { resellerId_id: { resellerId, id: 'finance' } }, data: limits })
  await db.customer.updateMany({
    where: { resellerId, id: fifth.id },
    data: { overdraft: minor(OVERDRAFT) },
  })
  await db.reseller.update({ where: { id: resellerId }, data: { lowBalanceThreshold: minor(LOW_BALANCE) } })
  const changed = Object.keys(limits)
  await db.auditRow.createMany({
    data: [
      auditRow(house.staff('owner', new Date(now.getTime() - 5 * DAY_MS)), limitsSet, {
        role: 'finance',
        changed,
        before: changed.map(() => ''),
        after: Object.values(limits).map(String),
      }),
      auditRow(house.staff('admin', new Date(now.getTime() - 4 * DAY_MS)), overdraftSet, {
        customer: fifth,
        before: '0',
        after: String(minor(OVERDRAFT)),
        reason: 'Pays by the month, and has done so on time for years',
      }),
    ],
  })

  const key = (name: string) => `demo-waiting-${name}`
  const words = { note: '', reference: '', confirmDuplicate: false }
  await Refill.run(actingAlone(house.staff('finance', ago(3))), first, {
    ...words,
    idempotencyKey: key('transfer'),
    amount: minor(12_000n),
    reason: 'payment_received',
    comment: 'The whole year in advance',
    channel: 'bank_transfer',
    reference: 'RF48 2210 7731 9004',
  })
  await SetCredits.run(actingAlone(house.staff('finance', ago(20))), second, {
    idempotencyKey: key('credits'),
    operation: 'set',
    seen: second.credits,
    credits: second.credits + minor(6_500n),
    reason: 'contract',
    comment: 'Promised for the migration, see the contract',
    note: '',
    grantExpiresAt: new Date(now.getTime() + 180 * DAY_MS),
  })
  await Deduct.run(actingAlone(house.staff('finance', ago(41))), third, {
    ...words,
    idempotencyKey: key('deduction'),
    amount: minor(DEDUCTED),
    reason: 'billing_error',
    comment: 'The refill of the spring was entered twice',
  })

  // At this moment, because the customer's own history may have come as near as that.
  await Refill.run(actingAlone(house.staff('finance', ago(6))), fourth, {
    ...words,
    idempotencyKey: key('approved'),
    amount: minor(7_500n),
    reason: 'payment_received',
    comment: '',
    channel: 'bank_transfer',
    reference: 'RF71 5520 1187 4436',
  })
  const row = await db.waitingPosting.findUniqueOrThrow({
    where: { resellerId_key: { resellerId, key: key('approved') } },
  })
  const admin = house.staff('admin', now)
  await ApprovePosting.run(
    actingAlone(admin),
    { row, isOwn: false },
    { comment: 'Seen on the bank statement' },
  )
}
