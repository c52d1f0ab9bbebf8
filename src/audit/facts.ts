import { reasonName } from '../ledger/reasons.ts'
import { roleName } from '../staff/permissions.ts'
import type { Formats } from '../web/format.ts'
import { type Sentence, t } from '../web/words.ts'

/** One thing that a deed remembers, for people. A text instead of a Sentence is somebody's own words, or a name from an older version. */
export interface Fact {
  name: Sentence | string
  value: Sentence | string
}

/** What a row of the log remembers, one by one. Facts that today's version has no words for are shown as they are. */
export function factsOf({ deed, details }: { deed: string; details: unknown }, formats: Formats): Fact[] {
  if (typeof details !== 'object' || details === null) return []
  const movesMoney = 'posting' in details
  return Object.entries(details).map(([name, value]) => ({
    name: Object.hasOwn(FACT_NAMES, name) ? (FACT_NAMES[name] as Sentence) : name,
    value: movesMoney ? inMoneyWords(name, value, formats) : inWords(deed, value),
  }))
}

function inMoneyWords(name: string, value: unknown, { change, money }: Formats): Sentence | string {
  if (typeof value !== 'string') return inWords('', value)
  if (name === 'reason') return reasonName(value)
  if (!/^-?\d+$/.test(value)) return value
  if (name === 'amount') return change(BigInt(value))
  return name === 'before' || name === 'after' ? money(BigInt(value)) : value
}

function inWords(deed: string, value: unknown): Sentence | string {
  if (Array.isArray(value)) return value.length > 0 ? t('{list}', { list: value.map(String) }) : t('None')
  if (value === '' || value === null) return t('None')
  if (typeof value === 'boolean') return value ? t('Yes') : t('No')
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return deed === 'staff.added' || deed === 'staff.role_changed' ? roleName(text) : text
}

const FACT_NAMES: Readonly<Record<string, Sentence>> = {
  account: t('Account'),
  added: t('Added'),
  after: t('After'),
  amount: t('Amount'),
  before: t('Before'),
  changed: t('Changed'),
  currency: t('Currency'),
  delivery: t('Delivery'),
  email: t('E-mail address'),
  from: t('From'),
  into: t('Into'),
  kind: t('Kind'),
  message: t('Message'),
  name: t('Name'),
  posting: t('Posting'),
  query: t('Query'),
  reason: t('Reason'),
  removed: t('Removed'),
  role: t('Role'),
  slug: t('Short name'),
  team: t('Team'),
  template: t('Template'),
  to: t('To'),
  why: t('Why'),
}
