import { Charge } from '../../src/ledger/charge.ts'
import { Reverse } from '../../src/ledger/reverse.ts'
import { actingAlone } from '../../src/actions/caller.ts'
import type { Actor } from '../../src/people/actor.ts'
import { type Grant, type PlannedPosting, type Setting, planGrant, share, standOf } from './history.ts'
import { atWork, DAY_MS, type DemoCustomer, type Pace } from './people.ts'
import { SERVICES } from './words.ts'

/** In how many of its months a customer used something. */
const MONTHS_USED: Record<Exclude<Pace, 'none'>, number> = { slow: 0.35, steady: 0.85, busy: 1 }

/** What a customer spent in the year: a charge on the first of each month, by the file of what was metered, and now and then its reversal. */
export function planSpending({ row, pace }: DemoCustomer, setting: Setting): PlannedPosting[] {
  if (pace === 'none') return []
  const { chance, now, reseller } = setting
  const begin = Math.max(row.registeredAt.getTime(), now.getTime() - 365 * DAY_MS)
  const story = STORIES[row.email]
  // A month's charge would take the credits that a story is about.
  const end = story
    ? new Date(now.getTime() - STORY_DAYS * DAY_MS)
    : ((row.stateChangedAt as Date | null) ?? now)
  const month = new Date(begin)
  month.setUTCDate(1)
  month.setUTCHours(6, 0, 0, 0)
  const planned: PlannedPosting[] = []
  for (month.setUTCMonth(month.getUTCMonth() + 1); month < end; month.setUTCMonth(month.getUTCMonth() + 1)) {
    if (!chance.happens(MONTHS_USED[pace])) continue
    const at = new Date(month.getTime() + chance.whole(0, 20 * 60_000))
    const used = new Date(month.getTime() - 15 * DAY_MS)
    const name = used.toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })
    const description = `${chance.one(SERVICES)}, ${name}`
    const reference = `usage-${used.toISOString().slice(0, 7)}-${row.id}`
    const one = planCharge(row, { at, description, reference, hundredths: chance.whole(6, 30) })
    planned.push(one)
    const back = atWork(setting, Math.floor((now.getTime() - at.getTime()) / DAY_MS) - chance.whole(1, 4))
    if (chance.happens(0.03) && back < end && back > at) planned.push(one.reversal(back))
  }
  return story ? [...planned, ...story(row, { ...setting, reseller })] : planned
}

interface Wanted {
  at: Date
  description: string
  reference: string
  /** How much of what there is then. */
  hundredths: number
}

function planCharge(customer: { id: string }, { at, description, reference, hundredths }: Wanted) {
  let postingId: string | undefined
  const book = async (actor: Actor) => {
    const { balance, credits } = await standOf(actor, customer)
    const amount = share(balance + credits, hundredths)
    if (amount <= 0n) return
    const key = `charge:${reference}`
    const facts = { idempotencyKey: key, amount, description, reference, effectiveAt: undefined }
    const posted = await Charge.run(actingAlone(actor), customer, facts)
    if (!posted.waits) postingId = posted.postingId
  }
  const reversal = (back: Date): PlannedPosting => ({
    at: back,
    book: async (actor) => {
      if (!postingId) return
      const facts = {
        reason: 'billing_error',
        comment: 'Metered twice, see the ticket',
        note: 'Charged by mistake',
      } as const
      const subject = { customer, posting: { id: postingId } }
      await Reverse.run(actingAlone(actor), subject, {
        ...facts,
        idempotencyKey: `demo-reversal-${postingId}`,
      })
    },
  })
  return { at, by: 'charges:import', book, reversal }
}

/** The stories whose credits still end begin later than so many days ago. */
const STORY_DAYS = 21

type Story = (row: DemoCustomer['row'], setting: Setting) => PlannedPosting[]

/** What whoever tries the demo is going to look for: credits that end soon, some that have expired, and a charge that was reversed. */
const STORIES: Readonly<Record<string, Story>> = {
  'ada@customer.example': (row, setting) => {
    const { now, reseller, unit } = setting
    const ago = (days: number) => atWork(setting, days)
    const minor = (units: number) => BigInt(units * unit) * 10n ** BigInt(reseller.currencyScale)
    // Between two charges of what was used, so that nothing takes it before it ends.
    const betweenCharges = new Date(now.getTime() - 12 * DAY_MS)
    betweenCharges.setUTCDate(2)
    const granted = (at: Date, note: string, facts: Pick<Grant, 'amount' | 'days' | 'category'>) => {
      const idempotencyKey = `demo-story-${note}-${row.id}`
      return planGrant(
        row,
        { at, now, reseller },
        { ...facts, idempotencyKey, reason: 'contract', comment: '', note },
      )
    }
    const charged = planCharge(row, {
      at: ago(6),
      description: 'Object storage, one-off import',
      reference: `usage-import-${row.id}`,
      hundredths: 12,
    })
    return [
      ...granted(betweenCharges, 'A week to try', { amount: minor(120), days: 8, category: 'promotional' }),
      ...granted(ago(11), 'Welcome to the new region', {
        amount: minor(150),
        days: 24,
        category: 'promotional',
      }),
      ...granted(ago(9), 'Prepaid package', { amount: minor(400), days: null, category: 'paid' }),
      charged,
      charged.reversal(ago(3)),
    ]
  },
  'bo@customer.example': (row, { now, reseller, unit, ...setting }) =>
    planGrant(
      row,
      { at: atWork({ ...setting, now }, 20), now, reseller },
      {
        amount: BigInt(25 * unit) * 10n ** BigInt(reseller.currencyScale),
        days: 27,
        category: 'promotional',
        idempotencyKey: `demo-story-${row.id}`,
        reason: 'courtesy',
        comment: 'For the outage',
        note: 'With our apologies',
      },
    ),
}
