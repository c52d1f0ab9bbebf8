import { fitsTerms, searchTerms } from '../database/search-terms.ts'
import { SearchStopped, search } from '../database/search.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { exactMatches } from '../people/exact.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** A customer as one chooses among several. */
export interface FoundCustomer {
  id: string
  email: string
  name: string
}

/** Whom the words in a filter mean. */
export interface CustomerMatch {
  /** As they were typed; '' where everybody's is asked for. */
  words: string
  /** The one customer; null where nobody fits, or several. */
  customer: FoundCustomer | null
  /** Those who fit, where they are several: a few of them. */
  several: FoundCustomer[]
  /** Whether more fit than these. */
  more: boolean
}

/** Nobody was asked for. */
export const EVERYBODY: CustomerMatch = { words: '', customer: null, several: [], more: false }

const SHOWN_MAX = 10

/**
 * Whom the words in another list's filter mean: the customer whom they name outright (see exactMatches()), or the only one who is found
 * by them as in Customer Management. One statement, or two.
 *
 * @throws 403 for words of who may not view customers
 */
export async function matchCustomer(actor: Actor, words: string): Promise<CustomerMatch> {
  if (words === '') return EVERYBODY
  mustBeAllowed(actor, 'customers.see')
  const nobody: CustomerMatch = { ...EVERYBODY, words }
  const named = await namedOutright(actor, words)
  if (named) return { ...nobody, customer: named }
  const values: unknown[] = [actor.reseller.id]
  const fits = fitsTerms('s.words', searchTerms(words), (value) => `$${values.push(value)}`)
  // In an order that an index has: without one, the first words that fit would be looked for in the whole table.
  const text = `select c.id, c.email, c.name from (
      select s.id from customer_search s where s.reseller_id = $1 and ${fits} order by s.id limit ${SHOWN_MAX + 1}) s
    join customers c on c.reseller_id = $1 and c.id = s.id`
  try {
    const found = await search<FoundCustomer>(actor, { text, values })
    const [first, ...others] = found.toSorted((one, other) => (one.email < other.email ? -1 : 1))
    if (!first || others.length === 0) return { ...nobody, customer: first ?? null }
    return { ...nobody, several: [first, ...others].slice(0, SHOWN_MAX), more: found.length > SHOWN_MAX }
  } catch (error) {
    // The form with the words is shown, also where the search was stopped.
    if (error instanceof SearchStopped) return { ...nobody, more: true }
    throw error
  }
}

async function namedOutright({ database, reseller }: Actor, words: string): Promise<FoundCustomer | null> {
  const values: unknown[] = [reseller.id]
  const named = exactMatches(words, (value) => `$${values.push(value)}`)
  if (!named) return null
  const text = `select id, email, name from customers where reseller_id = $1 and id in (${named}) limit 1`
  const { rows } = await database.pool.query<FoundCustomer>(text, values)
  return rows[0] ?? null
}

/**
 * The same for a file, which cannot ask back.
 *
 * @throws 422 where several customers fit, or none: a file of everybody is not what was asked for
 */
export async function matchCustomerForFile(actor: Actor, words: string): Promise<CustomerMatch> {
  const meant = await matchCustomer(actor, words)
  if (!isUnclear(meant)) return meant
  const isAmong = meant.more || meant.several.length > 0
  throw new Refusal(
    422,
    isAmong
      ? t('Several customers match “{words}”. Go back and choose one.', { words })
      : t('No customers match “{words}”. Go back and choose one.', { words }),
  )
}

/** Whether customers were asked for and none is meant for sure: then a list has nothing to show. */
export const isUnclear = ({ words, customer }: CustomerMatch) => words !== '' && !customer
