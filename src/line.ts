/** How many may be inside at once, how many may wait for it, and for how long. */
interface Bounds {
  atOnce: number
  waitingMax: number
  waitMsMax: number
}

/** Nobody gets in right now: too many wait already, or this one has waited for too long. */
export class LineIsFull extends Error {
  override name = 'LineIsFull'
}

/** A place inside. */
export interface Place {
  /** Whether it had to be waited for. */
  hasWaited: boolean
  /** Gives it to the next one; once. */
  leave(): void
}

interface Waiting {
  letIn(): void
}

/** A door that few may pass at once: the others wait in the order in which they came. */
export class Line {
  readonly #bounds: Bounds
  readonly #waiting = new Set<Waiting>()
  #inside = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** Whether nobody is inside or waits. */
  get isEmpty(): boolean {
    return this.#inside === 0 && this.#waiting.size === 0
  }

  /**
   * Takes a place, as soon as there is one. Whoever goes away meanwhile (`signal`) leaves the line and never gets in: then it is not
   * resolved at all.
   *
   * @throws LineIsFull when more wait than may, or none became free in time
   */
  enter(signal?: AbortSignal): Promise<Place> {
    const { atOnce, waitingMax, waitMsMax } = this.#bounds
    if (this.#inside < atOnce) return Promise.resolve(this.#place({ hasWaited: false }))
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(new LineIsFull('Too many are waiting already.'))
    return new Promise((resolve, reject) => {
      const goAway = () => {
        clearTimeout(patience)
        signal?.removeEventListener('abort', goAway)
        this.#waiting.delete(waiting)
      }
      const waiting: Waiting = {
        letIn: () => {
          goAway()
          resolve(this.#place({ hasWaited: true }))
        },
      }
      const patience = setTimeout(() => {
        goAway()
        reject(new LineIsFull('Nothing became free in time.'))
      }, waitMsMax)
      signal?.addEventListener('abort', goAway)
      this.#waiting.add(waiting)
    })
  }

  #place({ hasWaited }: { hasWaited: boolean }): Place {
    this.#inside += 1
    let isInside = true
    return {
      hasWaited,
      leave: () => {
        if (!isInside) return
        isInside = false
        this.#inside -= 1
        const [next] = this.#waiting
        next?.letIn()
      },
    }
  }
}
