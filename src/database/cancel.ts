import pg from 'pg'

/** A server that is asked this answers at once, or does not live. Milliseconds. */
const ASK_MS_MAX = 1_000

interface Wire {
  startup(): void
  cancel(processId: number, secretKey: number): void
}

interface Inner {
  connection: Wire
  processID: number
  secretKey: number
}

/**
 * Asks the server to give up the statement under way on a connection, which then fails with SQLSTATE 57014. As PostgreSQL has it, that is
 * a connection of its own, which says which one is meant in place of who it is, and needs no free place.
 */
export async function cancelStatement(of: pg.PoolClient, settings: pg.PoolConfig): Promise<void> {
  const { processID, secretKey } = of as unknown as Inner
  const asker = new pg.Client({ ...settings, connectionTimeoutMillis: ASK_MS_MAX })
  const { connection } = asker as unknown as Inner
  connection.startup = () => connection.cancel(processID, secretKey)
  // The server says nothing and closes it.
  await asker.connect().catch(() => {})
}
