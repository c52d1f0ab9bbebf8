import type { Request, RequestHandler } from 'express'

/** Answers a GET of an address that only takes POST: the page with its form is elsewhere. */
export function formIsAt(address: (req: Request) => string): RequestHandler {
  return (req, res) => res.redirect(303, address(req))
}
