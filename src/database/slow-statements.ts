import { Line, LineIsFull } from '../line.ts'
import { counted } from './allowance.ts'

/** A statement that took this long is known for it, until it is quick again or this has passed. Milliseconds. */
const SLOW_MS = 1_000
const QUICK_MS = 500
const KNOWN_FOR_MS = 30_000

/** Statements are known by their text: so many at most. */
const KNOWN_MAX = 200

const WAITING = { waitingMax: 100, waitMsMax: 2_000 } as const

/**
 * Which statements take long right now, because of a lock on what they read or of how much that is, and the line that these wait in: so
 * few of them are asked at once that the others find a connection.
 */
export class SlowStatements {
  readonly #knownUntil = new Map<string, number>()
  readonly #line: Line

  constructor({ atOnce }: { atOnce: number }) {
    this.#line = new Line({ ...WAITING, atOnce })
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

  /** Waits for a place among the slow ones; gives what leaves it. */
  async enter(): Promise<() => void> {
    try {
      const { leave } = await counted(() => this.#line.enter())
      return leave
    } catch (cause) {
      if (!(cause instanceof LineIsFull)) throw cause
      throw Object.assign(new Error('Too many slow statements are running.', { cause }), {
        code: 'ETIMEDOUT',
      })
    }
  }
}
