import { setTimeout as wait } from 'node:timers/promises'
import { newKey } from '../../src/ledger/facts.ts'
import type { Answer, Visitor } from './visit.ts'

/** An action that was sent, and sent again until it was answered for good. */
interface Sent {
  customerId: string
  action: 'refills' | 'deductions'
  key: string
  fields: Record<string, string>
}

/** What 503 pages said, and what else went wrong that should not. */
interface Seen {
  unavailable: { retryAfter: string | null; text: string }[]
  unexpected: string[]
  /** Connections that broke, or that nobody took: why. */
  broken: string[]
}

interface LoadOptions {
  /** A browser that is logged in; all workers share its session, as tabs do. */
  browser: Visitor
  csrf: string
  customers: readonly { id: string }[]
  workers: number
}

/** How long a worker waits before it sends again what was not answered. */
const PAUSE_MS = 100

/**
 * People who post money without a pause. Each sends a form, and where no answer or "not now" comes back, sends the very same again, as a
 * person presses reload: so that in the end each form was either acknowledged or refused, and the ledger must hold exactly the former.
 */
export class Load {
  /** Forms that were answered as booked. */
  readonly acknowledged: Sent[] = []
  /** Forms that were refused, such as a deduction of more than there is. */
  readonly refused: Sent[] = []
  readonly seen: Seen = { unavailable: [], unexpected: [], broken: [] }
  readonly #options: LoadOptions
  #going = true
  #workers: Promise<void>[] = []

  constructor(options: LoadOptions) {
    this.#options = options
  }

  start() {
    this.#workers = Array.from({ length: this.#options.workers }, (_, at) => this.#work(at))
  }

  /** Begins nothing new, and resolves when everything that was begun has been answered for good. */
  async stop() {
    this.#going = false
    await Promise.all(this.#workers)
  }

  async #work(at: number) {
    const { customers } = this.#options
    for (let turn = at; this.#going; turn++) {
      const { id } = customers[turn % customers.length] as { id: string }
      const action = turn % 3 === 2 ? 'deductions' : 'refills'
      const key = newKey()
      await this.#untilAnswered({
        customerId: id,
        action,
        key,
        fields: { idempotencyKey: key, amount: '1.00', reason: 'courtesy', comment: 'load' },
      })
    }
  }

  async #untilAnswered(sent: Sent) {
    const { browser, csrf } = this.#options
    while (true) {
      const answer = await browser
        .post(`/customers/${sent.customerId}/${sent.action}`, { ...sent.fields, csrf })
        .catch((error: Error) => error)
      if (this.#isForGood(sent, answer)) return
      await wait(PAUSE_MS)
    }
  }

  #isForGood(sent: Sent, answer: Answer | Error): boolean {
    if (answer instanceof Error) {
      this.seen.broken.push(`${sent.action}: ${answer.message} (${String(answer.cause)})`)
      return false
    }
    const { status, location, text, headers } = answer
    const isBooked = status === 303 && !location?.startsWith('/login')
    if (isBooked) this.acknowledged.push(sent)
    else if (status === 422) this.refused.push(sent)
    else if (status === 503) this.seen.unavailable.push({ retryAfter: headers.get('Retry-After'), text })
    else this.seen.unexpected.push(`${status} ${location ?? ''} ${text.slice(0, 300)}`)
    return isBooked || status === 422
  }
}
