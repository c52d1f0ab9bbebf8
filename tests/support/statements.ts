import pg from 'pg'
import { vi } from 'vitest'

/** How many SQL statements the work sent, Prisma's and those written by hand. Only for work with nothing else beside it. */
export async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    return query.mock.calls.length
  } finally {
    query.mockRestore()
  }
}
