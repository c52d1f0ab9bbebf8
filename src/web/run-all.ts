import type { NextFunction, Request, RequestHandler, Response } from 'express'

/** Runs handlers one after the other, as a router does. */
export function runAll(
  [first, ...rest]: readonly RequestHandler[],
  req: Request,
  res: Response,
  next: NextFunction,
) {
  if (!first) return next()
  const done = (error?: unknown) => (error ? next(error) : runAll(rest, req, res, next))
  Promise.resolve(first(req, res, done)).catch(next)
}
