/** How many run at once, how many may wait for a slot, and for how long. */
interface Bounds {
  atOnce: number
  waitingMax: number
  waitMsMax: number
}

/** There is no slot: too many wait already, or this one has waited for too long. */
export class LimitReached extends Error {
  override name = 'LimitReached'
}

/** The right to run. */
export interface Slot {
  /** How long it had to be waited for. */
  waitedMs: number
  /** Gives it to the next one. A second call does nothing. */
  leave(): void
}

interface Waiting {
  letIn(): void
}

/**
 * Limits how many run at once. The others wait in the order in which they asked. The numbers for pages are in people/limit-pages.ts,
 * those for passwords and files beside them.
 */
export class ConcurrencyLimit {
  readonly #bounds: Bounds
  readonly #waiting = new Set<Waiting>()
  #running = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** Whether none runs and none waits. */
  get isEmpty(): boolean {
    return this.#running === 0 && this.#waiting.size === 0
  }

  /**
   * Takes a slot as soon as there is one. If `signal` aborts while waiting, none is taken and the promise never settles.
   *
   * @throws LimitReached when too many wait already, or no slot became free in time
   */
  enter(signal?: AbortSignal): Promise<Slot> {
    const { waitingMax, waitMsMax } = this.#bounds
    const slot = this.maybeEnter()
    if (slot) return Promise.resolve(slot)
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(new LimitReached('Too many are waiting already.'))
    const since = performance.now()
    return new Promise((resolve, reject) => {
      const goAway = () => {
        clearTimeout(patience)
        signal?.removeEventListener('abort', goAway)
        this.#waiting.delete(waiting)
      }
      const waiting: Waiting = {
        letIn: () => {
          goAway()
          resolve(this.#slot({ waitedMs: performance.now() - since }))
        },
      }
      const patience = setTimeout(() => {
        goAway()
        reject(new LimitReached('Nothing became free in time.'))
      }, waitMsMax)
      signal?.addEventListener('abort', goAway)
      this.#waiting.add(waiting)
    })
  }

  /** Takes a slot; null where there is none, and it would have to be waited for. */
  maybeEnter(): Slot | null {
    return this.#running < this.#bounds.atOnce ? this.#slot({ waitedMs: 0 }) : null
  }

  #slot({ waitedMs }: { waitedMs: number }): Slot {
    this.#running += 1
    let isInside = true
    return {
      waitedMs,
      leave: () => {
        if (!isInside) return
        isInside = false
        this.#running -= 1
        const [next] = this.#waiting
        next?.letIn()
      },
    }
  }
}

/** A limit of these bounds for each key, kept only while something runs or waits there. */
export class ConcurrencyLimits {
  readonly #bounds: Bounds
  readonly #limits = new Map<string, ConcurrencyLimit>()

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** As ConcurrencyLimit.enter(), among those of this key. */
  async enter(key: string, signal?: AbortSignal): Promise<Slot> {
    const limit = this.#limitOf(key)
    return this.#forgetting(key, limit, await limit.enter(signal))
  }

  /** As ConcurrencyLimit.maybeEnter(), among those of this key. */
  maybeEnter(key: string): Slot | null {
    const limit = this.#limitOf(key)
    const slot = limit.maybeEnter()
    return slot && this.#forgetting(key, limit, slot)
  }

  #limitOf(key: string): ConcurrencyLimit {
    const limit = this.#limits.get(key) ?? new ConcurrencyLimit(this.#bounds)
    this.#limits.set(key, limit)
    return limit
  }

  #forgetting(key: string, limit: ConcurrencyLimit, { waitedMs, leave }: Slot): Slot {
    return {
      waitedMs,
      leave: () => {
        leave()
        if (limit.isEmpty && this.#limits.get(key) === limit) this.#limits.delete(key)
      },
    }
  }
}
