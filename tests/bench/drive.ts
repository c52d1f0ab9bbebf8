import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Measured } from './measured.ts'

/** Whom a request comes from. */
export interface Sender {
  cookie: string
  csrf: string
  /** Fields of their own, for a form that asks who they are. */
  fields?: Record<string, string>
}

/** A request that is sent again and again. In `path` and `fields`, {customer} is a random one, {key} a new key and {csrf} the sender's token. */
export interface Job {
  url: string
  method: 'GET' | 'POST'
  path: string
  fields?: Record<string, string> | undefined
  /** Sent as Accept-Encoding; '' for none. */
  encoding: string
  /** What each answer has to be. */
  status: number
  people: readonly Sender[]
  /** How many customers there are. */
  size: number
  connections: number
  seconds: number
}

/** What came of it. */
export interface Driven extends Measured {
  count: number
  /** Of one answer, with its headers. */
  bytes: number
}
export type JobDone = Driven | { failed: string }

/** A process that runs a file of this folder; it ends when this process does. */
export const forkChild = (file: string, env: Record<string, string> = {}): ChildProcess =>
  fork(path.join(import.meta.dirname, file), { env: { PATH: process.env.PATH, ...env } })

/** Has the driver do a job. */
export async function drive(driver: ChildProcess, job: Job): Promise<Driven> {
  const answered = once(driver, 'message') as Promise<[JobDone]>
  driver.send(job)
  const [done] = await answered
  if ('failed' in done) throw new Error(done.failed)
  return done
}
