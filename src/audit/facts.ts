import { KIND_NAMES } from '../ledger/kinds.ts'
import { reasonName } from '../ledger/reasons.ts'
import { LOGIN_AS_ENDS, LOGIN_AS_NAMES } from '../login-as/login-as.ts'
import { paths } from '../paths.ts'
import { type Actor, may } from '../people/actor.ts'
import { permissionSentence } from '../people/permissions.ts'
import { ROLE_IDS, roleName } from '../people/roles.ts'
import { colourName } from '../tags/colours.ts'
import type { Formats } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'

/** One thing that an event remembers, for people. A text instead of a Sentence is somebody's own words, or a name from an older version. */
export interface Fact {
  name: Sentence | string
  value: Sentence | string
  /** The page of what the value names. */
  href?: string
}

/** What a row of the log remembers, one by one, with links to what this reader may open. Facts that today's version has no words for are shown as they are. */
export function wordedFacts(
  { event, details }: { event: string; details: unknown },
  formats: Formats,
  actor: Pick<Actor, 'permissions'>,
): Fact[] {
  if (typeof details !== 'object' || details === null) return []
  const facts: Readonly<Record<string, unknown>> = { ...details }
  const hasReasonCode = 'posting' in facts
  const hasSums = hasReasonCode || 'waiting' in facts || SUMS_SET.has(event)
  return Object.entries(facts)
    .filter(([name]) => !NAMED_BY.has(name))
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([name, value]) => ({
      name: Object.hasOwn(FACT_NAMES, name) ? (FACT_NAMES[name] as Sentence) : name,
      value:
        hasSums && (name !== 'reason' || hasReasonCode)
          ? inMoneyWords(name, value, formats)
          : inWords(name, value),
      ...hrefOf(actor, name, value, facts),
    }))
}

/** Under which of a row's facts the id stands of the team that another one names. Rows from an older version have none. */
const TEAM_IDS: Readonly<Record<string, readonly string[]>> = {
  team: ['teamId'],
  from: ['fromTeamId'],
  to: ['toTeamId', 'teamId'],
}
/** Facts that are read as part of the one they belong to. */
const NAMED_BY: ReadonlySet<string> = new Set(Object.values(TEAM_IDS).flat())

function hrefOf(
  actor: Pick<Actor, 'permissions'>,
  name: string,
  value: unknown,
  details: Readonly<Record<string, unknown>>,
): { href?: string } {
  if (typeof value !== 'string' || value === '') return {}
  if (name === 'loginAs') return { href: paths.loginAsSession({ id: value }) }
  if (!may(actor, 'customers.see')) return {}
  const id = TEAM_IDS[name]?.map((key) => details[key]).find((one) => typeof one === 'string')
  return id ? { href: paths.team({ id }) } : {}
}

/** Events of no posting whose sums are money all the same. */
const SUMS_SET: ReadonlySet<string> = new Set(['overdraft.set', 'alerts.set', 'limits.set'])

function inMoneyWords(name: string, value: unknown, { change, money }: Formats): Sentence | string {
  if (Array.isArray(value))
    return value.map((one) => (isSum(one) ? money(BigInt(one)) : String(one || '–'))).join(', ')
  if (typeof value !== 'string') return inWords(name, value)
  if (name === 'reason') return reasonName(value)
  if (!isSum(value)) return inWords(name, value)
  if (name === 'amount') return t('{amount}', { amount: change(BigInt(value)) })
  return name === 'before' || name === 'after' ? t('{amount}', { amount: money(BigInt(value)) }) : value
}

const isSum = (value: unknown): value is string => typeof value === 'string' && /^-?\d+$/.test(value)

function inWords(name: string, value: unknown): Sentence | string {
  if (value === '' || value === null) return t('None')
  if (typeof value === 'boolean') return value ? t('Yes') : t('No')
  // As the reader's language joins a list, in which each name keeps its own direction.
  if (Array.isArray(value)) return value.length > 0 ? t('{list}', { list: value.map(String) }) : t('None')
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  if (name === 'colour') return colourName(text)
  if (name === 'permission') return permissionSentence(text)
  const key = `${name}=${text}`
  return Object.hasOwn(CODES, key) ? (CODES[key] as Sentence) : text
}

/** Values that are codes, each by its fact's name: a role among them would otherwise be a word of somebody's. */
const CODES: Readonly<Record<string, Sentence>> = {
  'account=BALANCE': t('Balance'),
  'account=CREDITS': t('Credits'),
  'delivery=mailed': t('By e-mail'),
  'delivery=copied': t('Copied by staff'),
  'kind=single': t('Single'),
  'kind=reusable': t('Reusable'),
  'kind=individual': t('Individual'),
  'kind=enterprise': t('Enterprise'),
  'why=no_password': t('No password is set yet'),
  'why=off': t('The account is OFF'),
  'why=wrong_password': t('Wrong password'),
  'why=throttled': t('Too many attempts'),
  ...Object.fromEntries(Object.entries(KIND_NAMES).map(([kind, name]) => [`kind=${kind}`, name])),
  'why=password_expired': t('The temporary password has expired'),
  ...Object.fromEntries(Object.entries(LOGIN_AS_NAMES).map(([mode, name]) => [`mode=${mode}`, name])),
  ...Object.fromEntries(Object.entries(LOGIN_AS_ENDS).map(([end, name]) => [`by=${end}`, name])),
  ...Object.fromEntries(ROLE_IDS.map((role) => [`role=${role}`, roleName(role)])),
}

/** In the order in which they are shown; what has no name here comes last. */
const FACT_NAMES: Readonly<Record<string, Sentence>> = {
  account: t('Account'),
  amount: t('Amount'),
  before: t('Before'),
  after: t('After'),
  reason: t('Reason'),
  posting: t('Posting'),
  name: t('Name'),
  email: t('E-mail address'),
  role: t('Role'),
  tags: t('Tags'),
  team: t('Team'),
  kind: t('Kind'),
  madeBy: t('Entered by'),
  comment: t('Comment'),
  waiting: t('Waiting posting'),
  changed: t('Changed'),
  from: t('From', { context: 'change' }),
  to: t('To', { context: 'change' }),
  into: t('Into'),
  invite: t('Invite'),
  invitedBy: t('Invited by'),
  added: t('Added'),
  removed: t('Removed'),
  message: t('Message'),
  delivery: t('Delivery'),
  shownTo: t('Link shown to'),
  showsLink: t('Link shown'),
  since: t('Since'),
  format: t('Format'),
  template: t('Template'),
  query: t('Query'),
  mode: t('Mode'),
  method: t('Method'),
  path: t('Address'),
  permission: t('Permission'),
  count: t('Number', { context: 'count' }),
  by: t('Reason for ending'),
  stoppedBy: t('Ended by'),
  staff: t('Staff member'),
  loginAs: t('Login-as session'),
  why: t('Reason'),
  until: t('Throttled until'),
  slug: t('Short name'),
  currency: t('Currency'),
  colour: t('Color'),
  customers: t('Customers'),
}

const ORDER = Object.keys(FACT_NAMES)
const placeOf = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
