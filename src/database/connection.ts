import pg from 'pg'

/** A connection of the pool, taken for more than one statement. */
export interface Taken {
  client: pg.PoolClient
  /** Gives it back, once; closed instead where it broke, or is `spent`: nobody else may use it again. */
  giveBack(how?: { spent?: boolean }): void
}

/**
 * Takes a connection of the pool, and listens to it: the pool does not while somebody has it, and a connection that ends with nobody
 * listening would end the process. A statement under way is told of it too, and so whoever waits for that.
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

/** Gives `work` a connection of its own, for what a start does before it serves. Says in one sentence where the database cannot be reached. */
export async function connected<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'purser start',
  })
  // A connection that breaks fails the query under way; without a listener it would end the process besides.
  client.on('error', () => {})
  try {
    await client.connect().catch((cause: NodeJS.ErrnoException) => {
      const { host, port, database } = client
      throw new Error(
        `The database ${database} on ${host}:${port} cannot be reached: ${cause.message || cause.code}.`,
        { cause },
      )
    })
    return await work(client)
  } finally {
    await client.end()
  }
}
