import pg from 'pg'
import { vi } from 'vitest'

/** How many SQL statements the work sent, Prisma's and those written by hand. Only for work with nothing else beside it. */
export async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  return (await statementTexts(work)).length
}

/** What a session's first request in a minute sends beside its own. */
const TOUCH = 'update sessions set last_seen_at'

/**
 * The SQL statements that the work sent, as they were written, but for a session's touch, which comes or not by the minute. Only for
 * work with nothing else beside it.
 */
export async function statementTexts(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    const asked = query.mock.calls.map(([statement]) => statement as unknown as string | { text: string })
    return asked
      .map((statement) => (typeof statement === 'string' ? statement : statement.text))
      .filter((text) => !text.startsWith(TOUCH))
  } finally {
    query.mockRestore()
  }
}
