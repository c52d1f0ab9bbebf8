import type { State, TeamType } from '../../src/generated/prisma/client.ts'
import { seededRandom } from '../support/crowd.ts'

/** A customer of the measured reseller. The same number gives the same customer each time. */
export interface BenchCustomer {
  id: string
  email: string
  name: string
  team: BenchTeam
  /** Whether the team is made with this customer. */
  isOwner: boolean
  externalReference: string
  state: State
  registeredMs: number
  tags: string[]
}

interface BenchTeam {
  id: string
  name: string
  type: TeamType
  companyName: string | null
}

/** How many of a million customers each search finds. Of another number of customers it is as large a share, and at least one. */
export const SEARCHES = {
  gmail: 100_000,
  szymanska: 5_604,
  kowalczyk: 545,
  quillfeather: 1,
} as const

export const hitsOf = (word: keyof typeof SEARCHES, size: number) =>
  Math.max(1, Math.round((SEARCHES[word] * size) / 1_000_000))

const FIRST_NAMES =
  'Anna Boris Chen Diego Elena Farid Grace Hugo Ines Jonas Kira Liam Maya Nadia Omar Petra'.split(' ')
const LAST_NAMES =
  'Smith Ivanova Zhang Garcia Petrov Haddad Kim Muller Costa Berg Novak Okafor Rossi Silva'.split(' ')
const PROVIDERS = 'outlook.com yahoo.com proton.me example.org icloud.com fastmail.com gmx.de'.split(' ')
const TRADES = 'Holdings Retail Media Software Consulting Telecom Logistics Foods Energy Design'.split(' ')
const COMPANIES = 'Acme Globex Initech Vertex Nimbus Orchid Falcon Zenith Cobalt Maple Quartz Sierra'.split(
  ' ',
)

/** How many of a hundred customers have each tag. Two dozen more are rare. */
const COMMON_TAGS = { lead: 15, partner: 10, beta: 8, vip: 5, risk: 2 }
const RARE_TAGS = Array.from({ length: 25 }, (_, at) => `segment ${String(at + 1).padStart(2, '0')}`)
export const TAGS = [...Object.keys(COMMON_TAGS), ...RARE_TAGS]

/** The first one registered then, the last one so much later. */
const FIRST_MS = Date.UTC(2020, 0, 1)
const SPAN_MS = Date.UTC(2024, 0, 1) - FIRST_MS

/** Teams for each hundred customers: the others join the team of one before them. */
const TEAMS_PERCENT = 85
/** A prime that no size is a multiple of, so that (number × it) mod size takes each value once. */
const SHUFFLE = 7_368_787

/** Ten digits that look random, different for each number. */
export const customerId = (number: number) =>
  String(((number + 1) * 7_236_197) % 10_000_000_000).padStart(10, '0')

/** A UUIDv7 of that time; `place` and `number` make it unique. */
export function idAt(ms: number, place: number, number: number): string {
  const time = ms.toString(16).padStart(12, '0')
  const rest = number.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${place.toString(16).padStart(3, '0')}-8000-${rest}`
}

/** The customer of this number, from 0 to size - 1; the later ones registered later. */
export function benchCustomer(number: number, size: number): BenchCustomer {
  const random = seededRandom(number)
  const pick = <One>(of: readonly One[]) => of[Math.floor(random() * of.length)] as One
  const teams = teamsOf(size)
  const isOwner = number < teams
  const firstName = pick(FIRST_NAMES)
  const lastName = rareLastName(number, size) ?? pick(LAST_NAMES)
  const isGmail = (number * SHUFFLE) % size < hitsOf('gmail', size)
  const provider = isGmail ? 'gmail.com' : pick(PROVIDERS)
  const tags = commonTag(random() * 100)
  if (random() < 0.1) tags.push(pick(RARE_TAGS))
  return {
    id: customerId(number),
    email: `${firstName}.${lastName}${number}@${provider}`.toLowerCase(),
    name: `${firstName} ${lastName}`,
    // A later one joins a team that was made long before, which is written by then.
    team: benchTeam(isOwner ? number : Math.floor((random() * teams) / 2), size),
    isOwner,
    externalReference: number % 3 === 0 ? `ERP-${number}` : '',
    state: random() < 0.8 ? 'ON' : 'OFF',
    registeredMs: registeredMs(number, size),
    tags,
  }
}

/** How many teams so many customers are in. */
export const teamsOf = (size: number) => Math.ceil((size * TEAMS_PERCENT) / 100)

const registeredMs = (number: number, size: number) => FIRST_MS + Math.floor((number / size) * SPAN_MS)

function benchTeam(number: number, size: number): BenchTeam {
  const random = seededRandom(size + number)
  const pick = <One>(of: readonly One[]) => of[Math.floor(random() * of.length)] as One
  const kind = random()
  const type = kind < 0.62 ? 'individual' : kind < 0.91 ? 'default' : 'enterprise'
  const name = `${pick(COMPANIES)} ${pick(TRADES)}`
  return {
    id: idAt(registeredMs(number, size), 1, number),
    name: `${name} ${number}`,
    type,
    companyName: type === 'enterprise' ? `${name} ${Math.floor(random() * 200)}` : null,
  }
}

/** Spread evenly over the numbers, so that few of a search's hits are among the newest. */
function rareLastName(number: number, size: number): string | null {
  if (number === Math.floor(size * 0.91)) return 'Quillfeather'
  const rank = ((number + 1) * SHUFFLE) % size
  if (rank < hitsOf('kowalczyk', size)) return 'Kowalczyk'
  if (rank < hitsOf('kowalczyk', size) + hitsOf('szymanska', size)) return 'Szymanska'
  return null
}

function commonTag(percent: number): string[] {
  let sum = 0
  for (const [tag, share] of Object.entries(COMMON_TAGS)) {
    sum += share
    if (percent < sum) return [tag]
  }
  return []
}
