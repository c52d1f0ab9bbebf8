import pg from 'pg'
import { vi } from 'vitest'

/** How many SQL statements the work sent, Prisma's and those written by hand. Only for work with nothing else beside it. */
export async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  return (await statementTexts(work)).length
}

/** The SQL statements that the work sent, as they were written. Only for work with nothing else beside it. */
export async function statementTexts(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    const asked = query.mock.calls.map(([statement]) => statement as unknown as string | { text: string })
    return asked.map((statement) => (typeof statement === 'string' ? statement : statement.text))
  } finally {
    query.mockRestore()
  }
}
