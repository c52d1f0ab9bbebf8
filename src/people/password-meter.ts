import { Worker } from 'node:worker_threads'
import { ConcurrencyLimit, LimitReached } from '../concurrency-limit.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

export interface ToMeasure {
  id: number
  password: string
  about: readonly string[]
}

export interface Measured {
  id: number
  /** zxcvbn's, from 0 to 4. */
  score: number
  /** Whether a part of it is what is known of the person. */
  isOwnName: boolean
}

/** One thread measures, and so many wait for it; a third of a second for each is the worst. */
const QUEUE = new ConcurrencyLimit({ atOnce: 1, waitingMax: 12, waitMsMax: 5_000 })

/** A thread that takes longer for one is ended, and the next one gets a new one. Its first word lists take a while to read. */
const HUNG_AFTER_MS = 5_000

/**
 * Measures a password by zxcvbn in a worker thread, since it can take a third of a second. `about`: what is known of the person. It is
 * measured whole, because a part of a password that repeats itself looks stronger than all of it.
 *
 * @throws 503 when too many wait, or it took too long
 */
export async function measure(password: string, about: readonly string[]): Promise<Omit<Measured, 'id'>> {
  const slot = await QUEUE.enter().catch((error: unknown) => {
    throw error instanceof LimitReached ? busy() : error
  })
  try {
    return await ask({ password, about })
  } finally {
    slot.leave()
  }
}

const busy = () =>
  new Refusal(
    503,
    t('Too many passwords are being chosen right now. No changes were made. Try again in a moment.'),
    {
      facts: { retryAfterSeconds: 5 },
    },
  )

let thread: Worker | undefined
let asked = 0

/** Only ever asked for one at a time, see QUEUE. */
function ask(what: Omit<ToMeasure, 'id'>): Promise<Measured> {
  const id = ++asked
  const worker = (thread ??= startThread())
  return new Promise((resolve, reject) => {
    const settle = (how: () => void) => {
      clearTimeout(hung)
      worker.off('message', onMessage).off('error', onError)
      how()
    }
    const giveUp = (why: Error) => {
      if (thread === worker) thread = undefined
      void worker.terminate()
      settle(() => reject(why))
    }
    const onMessage = (measured: Measured) => measured.id === id && settle(() => resolve(measured))
    const onError = (error: Error) => giveUp(error)
    const hung = setTimeout(() => giveUp(busy()), HUNG_AFTER_MS)
    worker.on('message', onMessage).on('error', onError)
    worker.postMessage({ ...what, id } satisfies ToMeasure)
  })
}

function startThread(): Worker {
  const worker = new Worker(new URL('password-meter-worker.ts', import.meta.url))
  // It ends with the process, which does not wait for it.
  worker.unref()
  worker.on('error', () => {})
  return worker
}
