import type net from 'node:net'
import os from 'node:os'
import pg from 'pg'
import { type Allowance, allowance } from './allowance.ts'
import { cancelStatement } from './cancel.ts'
import { takeConnection } from './connection.ts'
import { SlowStatements } from './slow-statements.ts'

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

/** How often is looked at what is under way. Milliseconds. */
const LOOK_EVERY_MS = 100

/** A caller that has waited so long for a connection, while all are in use, gets that of a statement which has run for so long. Milliseconds. */
const RELIEVED = { waitedMs: 500, ranMs: 1_000 } as const

/** A statement that was told to stop does so within this time, or its connection is closed. Milliseconds. */
const STOP_MS_MAX = 500

/** A server that lives lets a connection go within this time. Milliseconds. */
const GOODBYE_MS_MAX = 1_000

/** After a silence, for so long nobody asks: callers that have waited once would otherwise wait for the same again. */
const SHUT_MS = 1_000

/**
 * A pool that notices when the database is silent, because its machine is gone or hangs. If a response is due on a connection and
 * nothing is heard, the connection is closed and its statement fails with ETIMEDOUT: at once or, on connections for slow work, once the
 * database accepts no new connection either. All connections that have been silent since are closed too, and none is handed out for a
 * second. (pg's own `query_timeout` keeps the connection, which then waits once more for its rollback.)
 *
 * Slow statements do not block others either. If all connections are in use while others wait, the longest-running statements are
 * canceled; statements that are known to be slow get at most half of the connections; and none runs longer than its response may take.
 */
export class CarefulPool extends pg.Pool {
  readonly #takesLong: boolean
  readonly #doubtfulMs: number
  #proof: Promise<boolean> | undefined
  readonly #watched = new Map<pg.PoolClient, Watched>()
  /** Since when each of those who wait for a connection has. */
  readonly #waiting = new Set<{ since: number }>()
  readonly #slow: SlowStatements
  #looking: NodeJS.Timeout | undefined
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
    this.#slow = new SlowStatements({ atOnce: Math.max(1, Math.floor(this.options.max / 2)) })
    this.on('connect', (client) => this.#watch(client))
    this.on('remove', (client) => this.#watched.delete(client))
    if (takesLong) return
    const ask = this.query.bind(this) as (...asked: Asked) => unknown
    this.query = ((...asked: Asked) => {
      const text = textOf(asked)
      return text === null ? ask(...asked) : this.#askInTurn(text, asked)
    }) as pg.Pool['query']
    this.on('acquire', (client) => this.#noteTaken(client))
    this.on('release', (_error, client) => this.#noteBack(client))
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Callback): void
  override connect(callback?: Callback): Promise<pg.PoolClient> | void {
    if (!callback) return new Promise((resolve, reject) => this.connect(asCallback(resolve, reject)))
    if (performance.now() < this.#shutUntil) {
      return void process.nextTick(callback, silence('was silent just now'), undefined, () => {})
    }
    const shutting: Callback = (error, client, done) => {
      // So pg-pool words it where the connection itself could not be made: not where all are in use.
      if (error?.message === 'Connection terminated due to connection timeout') this.#shut()
      callback(error, client, done)
    }
    if (this.#takesLong) super.connect(shutting)
    else this.#connectInTime(shutting)
  }

  /** For no longer than the answer is allowed, and with an eye on those who keep the connections. */
  #connectInTime(callback: Callback) {
    const allowed = allowance()
    const leftMs = allowed?.leftMs ?? Infinity
    if (leftMs === 0) return void process.nextTick(callback, silence('took too long'), undefined, () => {})
    const waiting = { since: performance.now() }
    const endWait = allowed?.begin() ?? (() => {})
    let isGivenUp = false
    const end = () => {
      clearTimeout(patience)
      this.#waiting.delete(waiting)
    }
    const giveUp = () => {
      isGivenUp = true
      end()
      endWait()
      callback(silence('took too long'), undefined, () => {})
    }
    const patience = leftMs === Infinity ? undefined : setTimeout(giveUp, leftMs)
    this.#waiting.add(waiting)
    this.#keepLooking()
    super.connect((error, client, done) => {
      // pg-pool gives no way to give back what it has not got in time.
      if (isGivenUp) return done?.()
      end()
      const watched = client && this.#watched.get(client)
      if (watched) Object.assign(watched, { allowed, endWait })
      else endWait()
      callback(error, client, done)
    })
  }

  /** Connections that nobody uses say goodbye, and are not waited for: a silent server would never answer that. */
  override end(): Promise<void>
  override end(callback: () => void): void
  override end(callback?: () => void): Promise<void> | void {
    if (callback) return void this.end().then(callback)
    return super.end().then(() => {
      setTimeout(() => {
        for (const { stream } of this.#watched.values()) stream.destroy()
      }, GOODBYE_MS_MAX).unref()
    })
  }

  /** As pg-pool does it, but in turn where the statement is one that takes long. */
  async #askInTurn(text: string, asked: Asked): Promise<unknown> {
    const { client, giveBack, leave } = await this.#takeInTurn(text)
    const began = performance.now()
    let spent = false
    try {
      return await (client.query as (...asked: Asked) => unknown).apply(client, asked)
    } catch (error) {
      // What the server refuses, it has done with; after anything else nobody knows.
      spent = !(error instanceof pg.DatabaseError)
      throw error
    } finally {
      giveBack({ spent })
      this.#slow.note(text, performance.now() - began)
      leave?.()
    }
  }

  /** A connection, and with it a place among the slow ones where the statement is one; it may have become known while waiting. */
  async #takeInTurn(text: string) {
    let leave = this.#slow.has(text) ? await this.#slow.enter() : undefined
    for (;;) {
      const taken = await takeConnection(this).catch((error: unknown) => {
        leave?.()
        throw error
      })
      if (leave || !this.#slow.has(text)) return { ...taken, leave }
      taken.giveBack()
      leave = await this.#slow.enter()
    }
  }

  #noteTaken(client: pg.PoolClient) {
    const watched = this.#watched.get(client)
    if (watched) watched.takenAt = performance.now()
    this.#keepLooking()
  }

  #noteBack(client: pg.PoolClient) {
    const watched = this.#watched.get(client)
    watched?.endWait?.()
    if (watched) Object.assign(watched, NOT_IN_USE)
  }

  #keepLooking() {
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  /** At what is under way, while anything is or anybody waits. */
  #look() {
    const inUse = [...this.#watched].filter(([, { takenAt }]) => takenAt !== null)
    if (inUse.length === 0 && this.#waiting.size === 0) {
      clearInterval(this.#looking)
      this.#looking = undefined
    }
    for (const [client, watched] of inUse) {
      if (watched.allowed?.leftMs === 0 && ranMs(watched) > 0) this.#stop(client, watched)
    }
    if (this.idleCount === 0 && this.totalCount >= this.options.max) this.#relieve(inUse)
  }

  /** As many of the statements that have run longest are given up as people have waited for their connections. */
  #relieve(inUse: [pg.PoolClient, Watched][]) {
    const waitedSince = performance.now() - RELIEVED.waitedMs
    const waiting = this.#waiting.values().filter(({ since }) => since <= waitedSince)
    const stopping = inUse.filter(([, watched]) => isStopping(watched))
    const longest = inUse
      .filter(([, watched]) => ranMs(watched) >= RELIEVED.ranMs && !isStopping(watched))
      .toSorted(([, one], [, other]) => ranMs(other) - ranMs(one))
    const connecting = Math.max(0, this.totalCount - this.#watched.size)
    const wanted = Math.max(0, [...waiting].length - stopping.length - connecting)
    for (const [client, watched] of longest.slice(0, wanted)) this.#stop(client, watched)
  }

  /** By asking the server; once more, and it is closed. */
  #stop(client: pg.PoolClient, watched: Watched) {
    if (!isStopping(watched)) {
      watched.toldToStopAt = performance.now()
      void cancelStatement(client, this.options)
    } else if (performance.now() - (watched.toldToStopAt ?? 0) > STOP_MS_MAX) {
      watched.stream.destroy(silence('took too long'))
    }
  }

  #watch(client: pg.PoolClient) {
    const { stream } = (client as unknown as { connection: { stream: net.Socket } }).connection
    const watched: Watched = {
      stream,
      heardAt: performance.now(),
      askedAll: stream.bytesWritten,
      ...NOT_IN_USE,
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
  done?: (release?: unknown) => void,
) => void

interface Watched {
  stream: net.Socket
  heardAt: number
  /** Bytes written when the last answer was complete: more than these, and another is due. */
  askedAll: number
  /** Since when somebody has it; null while it is idle. */
  takenAt: number | null
  /** When the server was told to give up what is under way. */
  toldToStopAt: number | null
  /** What the answer that it is used for is allowed, and what ends the wait that counts towards that. */
  allowed?: Allowance
  endWait?: () => void
}

const NOT_IN_USE = {
  takenAt: null,
  toldToStopAt: null,
  allowed: undefined,
  endWait: undefined,
} as const

/** How long an answer has been due; 0 where none is. */
const ranMs = ({ stream, askedAll, takenAt, heardAt }: Watched) =>
  stream.bytesWritten === askedAll || takenAt === null ? 0 : performance.now() - Math.max(takenAt, heardAt)

/** Whether what is under way was told to stop, and nothing was heard of it since. */
const isStopping = ({ toldToStopAt, heardAt }: Watched) => toldToStopAt !== null && toldToStopAt >= heardAt

type Asked = unknown[]

/** The text of a statement that is asked for by a promise; null for other ways to ask. */
function textOf(asked: Asked): string | null {
  const [statement] = asked
  if (asked.some((one) => typeof one === 'function')) return null
  if (typeof statement === 'string') return statement
  const { text, submit } = (statement ?? {}) as { text?: unknown; submit?: unknown }
  return typeof text === 'string' && submit === undefined ? text : null
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
