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
