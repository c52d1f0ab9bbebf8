import { newId } from '../../src/database/id.ts'
import type { Channel } from '../../src/generated/prisma/client.ts'
import { Refill } from '../../src/ledger/refill.ts'
import { Deduct } from '../../src/ledger/deduct.ts'
import { SetCredits } from '../../src/ledger/credits.ts'
import { actingAlone } from '../../src/actions/caller.ts'
import type { Actor, ResellerFacts } from '../../src/people/actor.ts'
import { endOfDay } from '../../src/words/days.ts'
import { formatsFor } from '../../src/words/format.ts'
import type { Chance } from './chance.ts'
import { atWork, DAY_MS, type DemoCustomer, type Home, type Pace } from './people.ts'
import { DEDUCTION_COMMENTS, NOTES } from './words.ts'

/** One action on money that is going to be booked, at its time and on what there is then. */
export interface PlannedPosting {
  at: Date
  /** The system, by this name, and not somebody of the staff. */
  by?: string
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

export interface Setting {
  chance: Chance
  now: Date
  home: Home
  reseller: ResellerFacts
  /** What one unit of the sizes above is worth: 1 dollar, 100 yen. */
  unit: number
}

/** A year of what staff did to one customer's money, oldest first, and what ended by itself. */
export function planHistory(
  { row, pace }: DemoCustomer,
  { chance, now, home, reseller, unit }: Setting,
): PlannedPosting[] {
  if (pace === 'none') return []
  const customer = { id: row.id }
  const minor = (units: number) => BigInt(Math.round(units * unit * 10 ** reseller.currencyScale))
  const start = Math.max(row.registeredAt.getTime(), now.getTime() - 365 * DAY_MS)
  const last = (row.stateChangedAt as Date | null)?.getTime() ?? now.getTime()
  const planned: PlannedPosting[] = []
  let number = 0
  const facts = (note = chance.one(NOTES)) => ({ idempotencyKey: `demo-${row.id}-${++number}`, note })

  const receive = (at: Date) => {
    const amount = minor(chance.weighted(SIZES[pace]))
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
    planned.push({ at, book: (actor) => Refill.run(actingAlone(actor), customer, posting) })
  }
  const take = (at: Date) => {
    const reason = chance.one(['billing_error', 'refund', 'contract', 'contract'] as const)
    const hundredths = chance.whole(4, 32)
    const posting = {
      ...facts(''),
      reason,
      comment: chance.one(DEDUCTION_COMMENTS[reason]),
      reference: '',
      confirmDuplicate: false,
    }
    const book = async (actor: Actor) => {
      const amount = share((await standOf(actor, customer)).balance, hundredths)
      if (amount > 0n) await Deduct.run(actingAlone(actor), customer, { ...posting, amount })
    }
    planned.push({ at, book })
  }
  const give = (at: Date) => {
    const amount = minor(chance.weighted(SIZES.slow))
    const posting = {
      ...facts('With our apologies'),
      amount,
      reason: 'courtesy',
      comment: 'For the outage',
      reference: '',
      confirmDuplicate: false,
    } as const
    planned.push({ at, book: (actor) => Refill.run(actingAlone(actor), customer, posting) })
  }
  const grant = (at: Date) => {
    if (chance.happens(0.25)) {
      const posting = {
        ...facts(''),
        reason: 'contract',
        comment: 'Unused part of the grant taken back',
      } as const
      const book = async (actor: Actor) => {
        const { credits: seen } = await standOf(actor, customer)
        if (seen > 1n)
          await SetCredits.run(actingAlone(actor), customer, {
            ...posting,
            operation: 'set',
            seen,
            credits: share(seen, 50),
            grantExpiresAt: undefined,
          })
      }
      return planned.push({ at, book })
    }
    const amount = minor(chance.weighted(SIZES[pace === 'busy' ? 'steady' : 'slow']))
    const category = chance.happens(0.2) ? 'paid' : 'promotional'
    const days = chance.weighted([
      [null, 5],
      [30, 2],
      [60, 2],
      [90, 2],
    ] as const)
    const reason = chance.one(['courtesy', 'contract'] as const)
    const posting = { ...facts(''), reason, comment: '' }
    planned.push(...planGrant(customer, { at, now, reseller }, { ...posting, amount, category, days }))
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

export interface Grant extends Omit<
  Parameters<typeof SetCredits.run>[2],
  'seen' | 'credits' | 'operation' | 'grantExpiresAt'
> {
  /** By which the credits are raised, in minor units. */
  amount: bigint
  /** How many days it is good for; null: it lasts. */
  days: number | null
}

/** A grant of credits, and what is left of it expiring if that lies in the past. */
export function planGrant(
  customer: { id: string },
  { at, now, reseller }: { at: Date } & Pick<Setting, 'now' | 'reseller'>,
  { amount, days, ...posting }: Grant,
): PlannedPosting[] {
  const last = new Date(at.getTime() + (days ?? 0) * DAY_MS)
  const end = days === null ? undefined : endOfDay(formatsFor(reseller).isoDay(last), reseller)
  const book = async (actor: Actor) => {
    const { credits: seen } = await standOf(actor, customer)
    await SetCredits.run(actingAlone(actor), customer, {
      ...posting,
      operation: 'set',
      seen,
      credits: seen + amount,
      grantExpiresAt: end,
    })
  }
  const isOver = end && end < now
  return isOver
    ? [
        { at, book },
        { at: end, by: 'expiry', book: (actor) => expire(actor, customer) },
      ]
    : [{ at, book }]
}

/** What the job does each minute, at its time in the past. */
async function expire({ database, reseller, at }: Actor, { id }: { id: string }) {
  const ids = [newId(), newId(), newId()]
  await database.pool.query({
    text: 'select expire_credits($1, $2, $3::uuid[], $4::timestamptz)::text as amount',
    values: [reseller.id, id, ids, at?.toISOString()],
  })
}

/** What a customer has, in minor units. */
export async function standOf({ database, reseller }: Actor, { id }: { id: string }) {
  const { rows } = await database.pool.query<{ balance: bigint; credits: bigint }>({
    text: 'select balance, credits from customers where reseller_id = $1 and id = $2',
    values: [reseller.id, id],
  })
  return rows[0] as { balance: bigint; credits: bigint }
}

/** So many hundredths of a sum, in whole minor units. */
export function share(sum: bigint, hundredths: number): bigint {
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
