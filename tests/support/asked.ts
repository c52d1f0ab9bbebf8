import { AsyncLocalStorage } from 'node:async_hooks'

const asking = new AsyncLocalStorage<true>()

/** Runs what Purser does for a request or a job, so that its statements are told from those of a test that sets a scene. */
export const asked = <Result>(work: () => Result): Result => asking.run(true, work)

/** Whether this runs for a request or a job. */
export const isAsked = () => asking.getStore() === true
