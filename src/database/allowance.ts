import { AsyncLocalStorage } from 'node:async_hooks'

/** So long somebody waits for the database and in lines, for one answer altogether. Milliseconds. */
const ALLOWED_MS = 5_000

/**
 * What one answer may still spend on waiting, in whatever pieces: a page of many statements, each of which is quick enough, would
 * otherwise take as long as all of them together. What else an answer takes its time for (a password, a slow sender) is not counted.
 */
export class Allowance {
  #spentMs = 0
  /** Waits under way, which count once where they are at the same time. */
  #waits = 0
  #since = 0
  #isOver = false

  get leftMs(): number {
    if (this.#isOver) return Infinity
    const now = this.#waits > 0 ? performance.now() - this.#since : 0
    return Math.max(0, ALLOWED_MS - this.#spentMs - now)
  }

  /** A wait begins; gives what ends it, once. */
  begin(): () => void {
    if (this.#waits++ === 0) this.#since = performance.now()
    let isEnded = false
    return () => {
      if (isEnded) return
      isEnded = true
      if (--this.#waits === 0) this.#spentMs += performance.now() - this.#since
    }
  }

  /** It was answered: nobody waits for what is still done. */
  end() {
    this.#isOver = true
  }
}

const ALLOWANCES = new AsyncLocalStorage<Allowance>()

/** What is done for an answer, with what it is allowed. */
export const withAllowance = (allowance: Allowance, work: () => void) => ALLOWANCES.run(allowance, work)

/** That of the answer which this is done for; undefined where nobody waits for one. */
export const allowance = () => ALLOWANCES.getStore()

/** Counts a wait in a line towards what is allowed. */
export async function counted<Result>(waiting: () => Promise<Result>): Promise<Result> {
  const end = allowance()?.begin()
  try {
    return await waiting()
  } finally {
    end?.()
  }
}
