import type { Response } from 'express'

const RELEASES = new WeakMap<Response, () => void>()

/** Keeps the function that gives back this response's slot among the pages of a person. */
export const notePageSlot = (res: Response, leave: () => void) => RELEASES.set(res, leave)

/** Gives the slot to the next page before this response has ended: a file has a slot of its own. */
export const releasePageSlot = (res: Response) => RELEASES.get(res)?.()
