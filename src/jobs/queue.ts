import type { Transaction } from '../database/client.ts'

/** The jobs that Purser leaves for later, and what each of them is told. */
export interface Jobs {
  'send-mail': { resellerId: string; mailId: string }
  'forgotten-password': { email: string; ip: string | null }
}

/** Where jobs are left, in the transaction that causes them: if it rolls back, there was never a job. */
export interface Queue {
  add<Name extends keyof Jobs>(db: Transaction, name: Name, about: Jobs[Name]): Promise<void>
}
