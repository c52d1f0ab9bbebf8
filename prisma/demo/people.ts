import { newId } from '../../src/database/id.ts'
import type { BillingKind, Prisma } from '../../src/generated/prisma/client.ts'
import type { Chance } from './chance.ts'
import { COMPANIES, FAMILY_NAMES, GIVEN_NAMES, JAPANESE_PLACES, PLACES, REASONS_FOR_OFF } from './words.ts'

export const DAY_MS = 24 * 60 * 60_000
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** How much a customer's ledger moves. */
export type Pace = 'none' | 'slow' | 'steady' | 'busy'

/** A customer who is going to be written, with the team and the billing profile if the customer brings them. */
export interface DemoCustomer {
  row: Prisma.CustomerCreateManyInput & { id: string; registeredAt: Date; teamId: string }
  /** Null where the customer joins somebody's team. */
  team: (Prisma.TeamCreateManyInput & { id: string }) | null
  profile: Prisma.BillingProfileCreateManyInput | null
  pace: Pace
}

/** What is wanted of one customer; what is left out is left to chance. */
interface Wanted {
  email?: string
  name?: string
  /** 'default' has not completed the registration, or not verified the address. */
  type?: 'default' | BillingKind
  state?: 'ON' | 'OFF'
  companyName?: string
  registeredDaysAgo?: number
  passwordHash?: string
  pace?: Pace
}

interface Setting {
  resellerId: string
  chance: Chance
  now: Date
  /** Where its customers live. */
  home: Home
}

/** Where a reseller and most of its customers are. */
export type Home = 'world' | 'japan'

/** The hour, in UTC, at which its staff begin to work: nine in the morning there, or thereabouts. */
const WORK_BEGINS: Record<Home, number> = { world: 13, japan: 0 }

/** The four who can log in. */
export const KNOWN: readonly Wanted[] = [
  {
    email: 'ada@customer.example',
    name: 'Ada Bergman',
    type: 'enterprise',
    companyName: 'Lighthouse Analytics Ltd',
    registeredDaysAgo: 360,
    pace: 'busy',
  },
  {
    email: 'bo@customer.example',
    name: 'Bo Lindqvist',
    type: 'individual',
    registeredDaysAgo: 240,
    pace: 'steady',
  },
  {
    email: 'cy@customer.example',
    name: 'Cy Okafor',
    type: 'individual',
    state: 'OFF',
    registeredDaysAgo: 300,
    pace: 'steady',
  },
  { email: 'di@customer.example', name: 'Di Marino', type: 'default', registeredDaysAgo: 2, pace: 'none' },
]

/** Makes `count` customers up: the known ones first, then whoever chance brings. Some enterprises have several. */
export function makeCustomers(setting: Setting, known: readonly Wanted[], count: number): DemoCustomer[] {
  const customers = known.map((wanted) => makeCustomer(setting, wanted, 0))
  const emails = new Set(customers.map(({ row }) => row.email))
  const references = new Set(customers.map(({ row }) => row.externalReference))
  references.delete('')
  for (let place = 0; customers.length < count; place++) {
    const host =
      customers.length > 20 && setting.chance.happens(0.12) ? hostAmong(setting.chance, customers) : null
    const customer = host ? makeColleague(setting, host) : makeCustomer(setting, {}, place)
    const { email, externalReference } = customer.row
    if (emails.has(email) || references.has(externalReference)) continue
    emails.add(email)
    if (externalReference) references.add(externalReference)
    customers.push(customer)
  }
  return customers
}

function makeCustomer(
  { resellerId, chance, now, home }: Setting,
  wanted: Wanted,
  place: number,
): DemoCustomer {
  const type =
    wanted.type ??
    chance.weighted([
      ['enterprise', 45],
      ['individual', 35],
      ['default', 20],
    ] as const)
  const [given, family] = wanted.name?.split(' ') ?? [chance.one(GIVEN_NAMES), chance.one(FAMILY_NAMES)]
  const name = `${given} ${family}`
  const where = chance.one(home === 'japan' ? JAPANESE_PLACES : PLACES)
  const company = COMPANIES[place % COMPANIES.length] as string
  const companyName = wanted.companyName ?? `${company} ${chance.one(where.forms)}`
  const domain =
    type === 'enterprise' ? `${wordOf(company)}.example` : chance.one(['post.example', 'mailbox.example'])
  const email = wanted.email ?? `${wordOf(given)}.${wordOf(family)}@${domain}`
  const registeredAt = atWork({ chance, now, home }, wanted.registeredDaysAgo ?? daysAgo(chance))
  const state = wanted.state ?? (!wanted.email && chance.happens(0.07) ? 'OFF' : 'ON')
  // Half of those who have not completed the registration have not verified their address either.
  const verified = type !== 'default' || (!wanted.type && chance.happens(0.5))
  const teamId = newId(registeredAt)
  return {
    row: beforeTurnedOff({
      resellerId,
      id: chance.code(CROCKFORD, 10),
      email,
      name,
      phone: chance.happens(0.5) ? `+1 555 01${chance.whole(10, 99)}` : '',
      externalReference: chance.happens(0.6) ? `CRM-${chance.whole(10_000, 99_999)}` : '',
      teamId,
      registeredAt,
      registeredVia: 'demo',
      emailVerifiedAt: verified ? new Date(registeredAt.getTime() + chance.whole(2, 90) * 60_000) : null,
      passwordHash: wanted.passwordHash ?? null,
      lastLoginAt: verified && chance.happens(0.8) ? lately(chance, registeredAt, now) : null,
      ...whetherOff(chance, state, registeredAt, now),
    }),
    team: {
      resellerId,
      id: teamId,
      name: teamName(type, type === 'enterprise' ? companyName : name),
      type,
      createdAt: registeredAt,
    },
    profile:
      type === 'default'
        ? null
        : {
            resellerId,
            id: teamId,
            kind: type,
            legalName: type === 'enterprise' ? companyName : name,
            companyName: type === 'enterprise' ? companyName : null,
            taxId: type === 'enterprise' ? `${where.tax}${chance.code('0123456789', 9)}` : '',
            addressLine1: `${chance.whole(1, 240)} ${where.street}`,
            city: where.city,
            region: where.region,
            postalCode: where.postalCode.replace(/#/g, () => String(chance.whole(0, 9))),
            country: where.country,
            billingEmail: type === 'enterprise' ? `billing@${email.split('@')[1]}` : email,
          },
    pace: wanted.pace ?? paceOf(chance, type),
  }
}

/** Somebody else of a team that is there already. */
function makeColleague(setting: Setting, host: DemoCustomer): DemoCustomer {
  const { chance, now } = setting
  const { row } = makeCustomer(setting, { type: 'enterprise' }, 0)
  const local = row.email.split('@')[0]
  const registeredAt = between(chance, host.row.registeredAt, now)
  return {
    row: {
      ...row,
      email: `${local}@${host.row.email.split('@')[1]}`,
      teamId: host.row.teamId,
      registeredAt,
      emailVerifiedAt: new Date(registeredAt.getTime() + 20 * 60_000),
      lastLoginAt: lately(chance, registeredAt, now),
      ...whetherOff(chance, 'ON', registeredAt, now),
    },
    team: null,
    profile: null,
    pace: 'slow',
  }
}

function hostAmong(chance: Chance, customers: readonly DemoCustomer[]): DemoCustomer {
  return chance.one(customers.filter(({ profile }) => profile?.kind === 'enterprise'))
}

/** Some moment of the last six weeks, if there was a customer by then. */
function lately(chance: Chance, registeredAt: Date, now: Date): Date {
  return between(chance, new Date(Math.max(registeredAt.getTime(), now.getTime() - 42 * DAY_MS)), now)
}

/** Nobody logs in after being turned off: the last login was half way to it. */
function beforeTurnedOff(row: DemoCustomer['row']): DemoCustomer['row'] {
  const [last, off] = [row.lastLoginAt, row.stateChangedAt]
  if (!(last instanceof Date) || !(off instanceof Date) || last < off) return row
  return { ...row, lastLoginAt: new Date((row.registeredAt.getTime() + off.getTime()) / 2) }
}

function whetherOff(chance: Chance, state: 'ON' | 'OFF', registeredAt: Date, now: Date) {
  if (state === 'ON') return { state, stateReason: null, stateMessage: null, stateChangedAt: null }
  return {
    state,
    stateReason: chance.one(REASONS_FOR_OFF),
    stateMessage: 'Please write to our support.',
    stateChangedAt: between(chance, registeredAt, now),
  }
}

/** More of them lately: the business grows. */
function daysAgo(chance: Chance): number {
  return 3 + Math.floor(397 * chance.next() ** 1.6)
}

/** So many days ago, at an hour when people work. */
export function atWork({ chance, now, home }: Pick<Setting, 'chance' | 'now' | 'home'>, days: number): Date {
  const at = new Date(now.getTime() - days * DAY_MS)
  const hour = WORK_BEGINS[home] + chance.whole(0, 8)
  at.setUTCHours(hour, chance.whole(0, 59), chance.whole(0, 59), chance.whole(0, 999))
  // Today's work is not all done yet.
  return at < now ? at : new Date(at.getTime() - DAY_MS)
}

/** Some moment between two. */
export function between(chance: Chance, from: Date, to: Date): Date {
  return new Date(Math.floor(from.getTime() + chance.next() * (to.getTime() - from.getTime())))
}

function paceOf(chance: Chance, type: 'default' | BillingKind): Pace {
  if (type === 'default') return chance.happens(0.8) ? 'none' : 'slow'
  if (type === 'individual')
    return chance.weighted([
      ['none', 15],
      ['slow', 60],
      ['steady', 25],
    ] as const)
  return chance.weighted([
    ['none', 5],
    ['slow', 30],
    ['steady', 45],
    ['busy', 20],
  ] as const)
}

function teamName(type: 'default' | BillingKind, name: string): string {
  return type === 'enterprise'
    ? name.replace(
        / (?:Inc\.|LLC|Ltd\.?|plc|GmbH|AG|SARL|SA|B\.V\.|AB|Ltda\.|Pte\. Ltd\.|K\.K\.|G\.K\.)$/,
        '',
      )
    : name
}

/** A name as addresses have it: lower case, plain letters. */
function wordOf(name = ''): string {
  return name
    .normalize('NFD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase()
}
