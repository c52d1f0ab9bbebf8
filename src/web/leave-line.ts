import type { Response } from 'express'

const LEAVING = new WeakMap<Response, () => void>()

/** Keeps what gives back this answer's place in the line of pages. */
export const noteLeave = (res: Response, leave: () => void) => LEAVING.set(res, leave)

/** Gives the place in the line to the next page, before this answer is over: a file has a place of its own. */
export const leaveLine = (res: Response) => LEAVING.get(res)?.()
