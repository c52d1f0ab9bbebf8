import type { Channel } from '../../src/generated/prisma/client.ts'
import { deduct, refill, setCredits } from '../../src/ledger/ledger.ts'
import type { Actor } from '../../src/sessions/actor.ts'
import type { Chance } from './chance.ts'
import { atWork, DAY_MS, type DemoCustomer, type Home, type Pace } from './people.ts'
import { DEDUCTION_COMMENTS, NOTES } from './words.ts'

/** One deed upon money that is going to be booked, at its time. */
export interface PlannedPosting {
  at: Date
  book(actor: Actor): Promise<unknown>
}

/** How often something happens to a customer's money, in days. */
const EVERY_DAYS: Record<Exclude<Pace, 'none'>, readonly [least: number, most: number]> = {
  slow: [28, 80],
  steady: [9, 28],
  busy: [4, 11],
}

/** Refills in whole units of the currency, small ones more often. */
const SIZES: Record<Exclude<Pace, 'none'>, readonly (readonly [number, number])[]> = {
  slow: [
    [25, 3],
    [50, 4],
    [100, 2],
  ],
  steady: [
    [50, 2],
    [100, 4],
    [250, 3],
    [500, 1],
  ],
  busy: [
    [250, 2],
    [500, 4],
    [1_000, 3],
    [2_500, 2],
    [5_000, 1],
  ],
}

interface Setting {
  chance: Chance
  now: Date
  home: Home
  currencyScale: number
  /** What one unit of the sizes above is worth: 1 dollar, 100 yen. */
  unit: number
}

/** A year of what happened to one customer's money, oldest first: balance and credits never fall below zero. */
export function planHistory(
  { row, pace }: DemoCustomer,
  { chance, now, home, currencyScale, unit }: Setting,
): PlannedPosting[] {
  if (pace === 'none') return []
  const customer = { id: row.id }
  const minor = (units: number) => BigInt(Math.round(units * unit * 10 ** currencyScale))
  const start = Math.max(row.registeredAt.getTime(), now.getTime() - 365 * DAY_MS)
  const last = (row.stateChangedAt as Date | null)?.getTime() ?? now.getTime()
  const planned: PlannedPosting[] = []
  let balance = 0n
  let credits = 0n
  let number = 0
  const facts = (note = chance.one(NOTES)) => ({ idempotencyKey: `demo-${row.id}-${++number}`, note })

  const receive = (at: Date) => {
    const amount = minor(chance.weighted(SIZES[pace]))
    balance += amount
    const channel = chance.weighted([
      ['bank_transfer', 6],
      ['card', 5],
      ['crypto', 1],
      ['cheque', 1],
    ] as const satisfies readonly (readonly [Channel, number])[])
    const posting = {
      ...facts(),
      amount,
      reason: 'payment_received',
      comment: '',
      channel,
      reference: referenceOf(chance, channel),
      confirmDuplicate: false,
    } as const
    planned.push({ at, book: (actor) => refill(actor, customer, posting) })
  }
  const take = (at: Date) => {
    const reason = chance.one(['billing_error', 'refund', 'contract', 'contract'] as const)
    const amount = share(balance, chance.whole(4, 32))
    if (amount === 0n) return receive(at)
    balance -= amount
    const posting = {
      ...facts(''),
      amount,
      reason,
      comment: chance.one(DEDUCTION_COMMENTS[reason]),
      reference: '',
      confirmDuplicate: false,
    }
    planned.push({ at, book: (actor) => deduct(actor, customer, posting) })
  }
  const give = (at: Date) => {
    const amount = minor(chance.weighted(SIZES.slow))
    balance += amount
    const posting = {
      ...facts('With our apologies'),
      amount,
      reason: 'courtesy',
      comment: 'For the outage',
      reference: '',
      confirmDuplicate: false,
    } as const
    planned.push({ at, book: (actor) => refill(actor, customer, posting) })
  }
  const grant = (at: Date) => {
    const seen = credits
    const target = chance.happens(0.25)
      ? share(seen, 50)
      : seen + minor(chance.weighted(SIZES[pace === 'busy' ? 'steady' : 'slow']))
    if (target === seen) return
    credits = target
    const reason = target > seen ? chance.one(['courtesy', 'contract'] as const) : 'contract'
    const posting = {
      ...facts(''),
      credits: target,
      seen,
      reason,
      comment: target > seen ? '' : 'Unused part of the grant taken back',
    }
    planned.push({ at, book: (actor) => setCredits(actor, customer, posting) })
  }

  for (let time = start + 2 * 60 * 60_000; time < last; time += chance.whole(...EVERY_DAYS[pace]) * DAY_MS) {
    const at =
      time === start + 2 * 60 * 60_000
        ? new Date(time)
        : atWork({ chance, now, home }, Math.floor((now.getTime() - time) / DAY_MS))
    if (at.getTime() >= last) break
    if (planned.length === 0) receive(at)
    else
      chance.weighted([
        [receive, 50],
        [take, 28],
        [grant, 17],
        [give, 5],
      ] as const)(at)
  }
  return planned
}

/** So many hundredths of a sum, in whole minor units. */
function share(sum: bigint, hundredths: number): bigint {
  return (sum * BigInt(hundredths)) / 100n
}

function referenceOf(chance: Chance, channel: Channel): string {
  const digits = (length: number) => chance.code('0123456789', length)
  switch (channel) {
    case 'card':
      return `ch_${chance.code('abcdefghijklmnopqrstuvwxyz0123456789', 16)}`
    case 'crypto':
      return `0x${chance.code('0123456789abcdef', 24)}`
    case 'cheque':
      return `No. ${digits(9)}`
    default:
      return `RF${digits(2)} ${digits(4)} ${digits(4)} ${digits(4)}`
  }
}
