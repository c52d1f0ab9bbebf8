import type net from 'node:net'
import os from 'node:os'
import pg from 'pg'

/** How long the database may take, in milliseconds. */
export interface Patience {
  /** For a connection, be it a new one or one that others have. */
  connectMsMax: number
  /** For a lock. */
  lockMsMax: number
  /** For a statement; the database gives it up itself. */
  statementMsMax: number
  /** Some statements may take longer, and are quiet for as long: what is silent has to be proved dead before it is given up. */
  takesLong: boolean
}

/**
 * An answer that is due and of which nothing is heard for so long may never come, in milliseconds. Where that has to be proved, and what
 * failed may have to be written down afterwards, all of it comes to less than six seconds.
 */
const DOUBTFUL_MS = { atOnce: 3_500, toBeProved: 2_000 } as const

/** A database that lives lets a new connection in within this time. Milliseconds. */
const PROOF_MS_MAX = 1_500

/** After a silence, so long nobody asks: whoever has waited in a line would otherwise wait for the same once more. */
const SHUT_MS = 1_000

/**
 * A pool that notices when the database is silent: its machine may have vanished without a word, or hang. A connection on which an answer
 * is due and nothing is heard is closed, and whatever is under way on it fails with ETIMEDOUT: at once, or, on connections that take
 * long, when the database does not let a new one in either. All that have not been heard since are closed with it, and for a second
 * nobody is given one. (pg's own `query_timeout` fails the statement and keeps the connection, which whoever has it then rolls back, and
 * waits for once more.)
 */
export class CarefulPool extends pg.Pool {
  readonly #takesLong: boolean
  readonly #doubtfulMs: number
  #proof: Promise<boolean> | undefined
  readonly #watched = new Map<pg.PoolClient, Watched>()
  #shutUntil = 0

  constructor(settings: pg.PoolConfig, { connectMsMax, lockMsMax, statementMsMax, takesLong }: Patience) {
    super({
      ...settings,
      connectionTimeoutMillis: connectMsMax,
      lock_timeout: lockMsMax,
      statement_timeout: statementMsMax,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    })
    this.#takesLong = takesLong
    this.#doubtfulMs = DOUBTFUL_MS[takesLong ? 'toBeProved' : 'atOnce']
    this.on('connect', (client) => this.#watch(client))
    this.on('remove', (client) => this.#watched.delete(client))
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Callback): void
  override connect(callback?: Callback): Promise<pg.PoolClient> | void {
    if (!callback) return new Promise((resolve, reject) => this.connect(asCallback(resolve, reject)))
    if (performance.now() < this.#shutUntil) {
      return void process.nextTick(callback, silence('was silent just now'), undefined, () => {})
    }
    super.connect((error, client, done) => {
      // So pg-pool words it where the connection itself could not be made: not where all are in use.
      if (error?.message === 'Connection terminated due to connection timeout') this.#shut()
      callback(error, client, done)
    })
  }

  #watch(client: pg.PoolClient) {
    const { stream } = (client as unknown as { connection: { stream: net.Socket } }).connection
    const watched = {
      stream,
      heardAt: performance.now(),
      askedAll: stream.bytesWritten,
    }
    this.#watched.set(client, watched)
    client.on('drain', () => (watched.askedAll = stream.bytesWritten))
    stream.on('data', () => (watched.heardAt = performance.now()))
    // Not by setTimeout(): that would listen for the first one alone, which may be of an idle connection.
    stream.on('timeout', () => {
      if (stream.bytesWritten !== watched.askedAll) void this.#doubt(watched)
    })
    stream.setTimeout(this.#doubtfulMs)
  }

  async #doubt(watched: Watched) {
    const { stream } = watched
    const heard = stream.bytesRead
    // A process that was busy for as long has not looked yet whether there is an answer.
    await new Promise(setImmediate)
    const isAlive = this.#takesLong && (await this.#letsIn())
    if (stream.bytesRead !== heard) return
    if (!isAlive) return this.#giveUp(watched)
    // Once more, because only what moves would wind it up again.
    stream.setTimeout(this.#doubtfulMs)
  }

  /** Whether the database lets a new connection in; found out once for all who doubt at the same time. */
  #letsIn(): Promise<boolean> {
    this.#proof ??= letsIn(this.options).finally(() => (this.#proof = undefined))
    return this.#proof
  }

  /** This one, whatever the clocks say of it, and those not heard since. Others that were go on: it may be alone in that. */
  #giveUp(silent: Watched) {
    this.#shut()
    const others = this.#watched.values().filter(({ heardAt }) => heardAt <= silent.heardAt)
    for (const { stream } of [silent, ...others]) stream.destroy(silence('is silent'))
  }

  #shut() {
    this.#shutUntil = performance.now() + SHUT_MS
  }
}

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void

interface Watched {
  stream: net.Socket
  heardAt: number
  /** Bytes written when the last answer was complete: more than these, and another is due. */
  askedAll: number
}

const asCallback =
  (resolve: (client: pg.PoolClient) => void, reject: (error: Error) => void): Callback =>
  (error, client) =>
    client ? resolve(client) : reject(error ?? new Error('The pool gave no connection.'))

async function letsIn(settings: pg.PoolConfig): Promise<boolean> {
  const client = new pg.Client({ ...settings, connectionTimeoutMillis: PROOF_MS_MAX })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    void client.end()
  }
}

/** As a socket words it that has waited too long: Prisma knows that too. */
const silence = (how: string) =>
  Object.assign(new Error(`The database ${how}.`), {
    code: 'ETIMEDOUT',
    errno: -os.constants.errno.ETIMEDOUT,
    syscall: 'read',
  })
