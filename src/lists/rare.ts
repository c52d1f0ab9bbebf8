import type { Asked, List, Reading } from './list.ts'

/**
 * The searches that were lately answered by an index, since too little fitted among the rows that were looked at first. Such a search, its
 * next page too, asks the index at once. What it finds is the same either way.
 */
export class RareSearches {
  readonly #known = new WeakMap<object, Set<string>>()

  /** Whether the index answered this search before. */
  has<Query extends Asked, Row, Raw extends object, Of>(
    list: List<Query, Row, Raw, Of>,
    reading: Reading<Query, Of>,
  ): boolean {
    return this.#of(list).has(keyOf(reading))
  }

  /** Remembers that it did, and forgets the oldest one where there are too many. */
  add<Query extends Asked, Row, Raw extends object, Of>(
    list: List<Query, Row, Raw, Of>,
    reading: Reading<Query, Of>,
  ) {
    const known = this.#of(list)
    known.add(keyOf(reading))
    const [oldest] = known
    if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest)
  }

  /** It did not, this time. */
  forget<Query extends Asked, Row, Raw extends object, Of>(
    list: List<Query, Row, Raw, Of>,
    reading: Reading<Query, Of>,
  ) {
    this.#of(list).delete(keyOf(reading))
  }

  #of(list: object): Set<string> {
    const known = this.#known.get(list) ?? new Set()
    this.#known.set(list, known)
    return known
  }
}

/** Of each list. A key has some hundred characters. */
const KNOWN_MAX = 500

const keyOf = <Query extends Asked, Of>({ actor, query }: Reading<Query, Of>) =>
  `${actor.reseller.id} ${JSON.stringify({ ...query, after: '', before: '' }, withAmounts)}`

/** An amount is a bigint, which JSON does not know. */
const withAmounts = (_name: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
