import { ConcurrencyLimit, LimitReached } from '../concurrency-limit.ts'
import { counted } from './allowance.ts'

/** A statement that took this long is known for it, until it is quick again or this has passed. Milliseconds. */
const SLOW_MS = 1_000
const QUICK_MS = 500
const KNOWN_FOR_MS = 30_000

/** Statements are known by their text: so many at most. */
const KNOWN_MAX = 200

const WAITING = { waitingMax: 100, waitMsMax: 2_000 } as const

/**
 * Which statements take long right now, because of a lock on what they read or the amount of data. Only a few of
 * these run at once, so that the others find a connection.
 */
export class SlowStatements {
  readonly #knownUntil = new Map<string, number>()
  readonly #limit: ConcurrencyLimit

  constructor({ atOnce }: { atOnce: number }) {
    this.#limit = new ConcurrencyLimit({ ...WAITING, atOnce })
  }

  has(text: string): boolean {
    const until = this.#knownUntil.get(text)
    if (until === undefined) return false
    if (performance.now() < until) return true
    this.#knownUntil.delete(text)
    return false
  }

  note(text: string, ms: number) {
    if (ms < QUICK_MS) this.#knownUntil.delete(text)
    if (ms < SLOW_MS) return
    if (this.#knownUntil.size >= KNOWN_MAX) this.#knownUntil.clear()
    this.#knownUntil.set(text, performance.now() + KNOWN_FOR_MS)
  }

  /** Waits for a slot among the slow statements. Returns the function that releases it. */
  async enter(): Promise<() => void> {
    try {
      const { leave } = await counted(() => this.#limit.enter())
      return leave
    } catch (cause) {
      if (!(cause instanceof LimitReached)) throw cause
      throw Object.assign(new Error('Too many slow statements are running.', { cause }), {
        code: 'ETIMEDOUT',
      })
    }
  }
}
