import type { NextFunction, Request, Response } from 'express'
import { Allowance, withAllowance } from '../database/allowance.ts'

/** Gives every answer its allowance of waiting, beyond which the database refuses it: a page is then answered by 503 in time. */
export function answerInTime(_req: Request, res: Response, next: NextFunction) {
  const allowance = new Allowance()
  for (const event of ['finish', 'close']) res.once(event, () => allowance.end())
  withAllowance(allowance, next)
}
