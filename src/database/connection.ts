import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

/** A connection of the pool, taken for more than one statement. */
export interface Taken {
  client: pg.PoolClient
  /** Gives it back, once; closed instead where it broke, or is `spent`: nobody else may use it again. */
  giveBack(how?: { spent?: boolean }): void
}

/**
 * Takes a connection of the pool, and listens to it: the pool does not while somebody has it, and a connection that ends with nobody
 * listening would end the process. A statement under way fails with it too, and so does its caller.
 */
export async function takeConnection(pool: pg.Pool): Promise<Taken> {
  const client = await pool.connect()
  let broken: Error | undefined
  const noteBreak = (error: Error) => {
    broken ??= error
  }
  client.on('error', noteBreak)
  return {
    client,
    giveBack: ({ spent = false } = {}) => {
      client.off('error', noteBreak)
      client.release(broken ?? spent)
    },
  }
}

interface ConnectionOptions {
  /** By this name the server knows the connection. */
  name?: string
  /** How long the server may take for an answer, in milliseconds; null: as long as it likes. */
  answerMsMax?: number | null
  /** Closes the connection at once, whatever is under way; rejects with its reason. */
  signal?: AbortSignal
}

/** One that starts is let in within this time, in milliseconds, or the server is taken for gone. */
const CONNECT_MS_MAX = 10_000

/** A server that is asked to let a connection go may be gone itself. Milliseconds. */
const END_MS_MAX = 1_000

/**
 * Lets `work` have a connection that belongs to no pool, and closes it afterwards: for a start and for commands.
 *
 * @throws a sentence without the password when the server cannot be reached
 */
export async function connected<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
  { name = 'purser start', answerMsMax = 60_000, signal }: ConnectionOptions = {},
): Promise<Result> {
  signal?.throwIfAborted()
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: name,
    ...(answerMsMax !== null && { query_timeout: answerMsMax }),
  })
  // A connection that breaks fails the query under way; without a listener it would end the process besides.
  client.on('error', () => {})
  try {
    return await Promise.race([openFor(client, work), abortion(signal)])
  } finally {
    await Promise.race([client.end(), wait(END_MS_MAX, undefined, { ref: false })])
  }
}

async function openFor<Result>(client: pg.Client, work: (client: pg.Client) => Promise<Result>) {
  await client.connect().catch((cause: NodeJS.ErrnoException) => {
    const { host, port, database } = client
    throw new Error(
      `The database ${database} on ${host}:${port} cannot be reached: ${cause.message || cause.code}.`,
      { cause },
    )
  })
  return work(client)
}

/** Rejects when the signal is given; otherwise never settles. */
function abortion(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
