import type { NextFunction, Request, Response } from 'express'
import type { Actor } from '../people/actor.ts'
import { bound } from './form.ts'

/**
 * Gives views can('/customers/:id/refills'): whether the reader may do what a form at this address is for, so that a view names the
 * action and not its permission. Looks at permissions only: true for what is the reader's own. Throws for an address of no action.
 */
export function canLocal(req: Request, res: Response, next: NextFunction) {
  res.locals.can = (at: string) => {
    const { actor } = req
    const known = actor && (ANSWERS.get(actor) ?? new Map<string, boolean>())
    const answer = known?.get(at) ?? isAllowed(at, actor)
    if (actor) ANSWERS.set(actor, known.set(at, answer))
    return answer
  }
  next()
}

/** What was answered for the actor of a request. A list asks the same for each of fifty rows: without this it took a tenth of the page. */
const ANSWERS = new WeakMap<Actor, Map<string, boolean>>()

function isAllowed(at: string, actor: Actor | undefined): boolean {
  const may = maySend(at)
  return may.length === 0 || may.some((permission) => actor?.permissions.has(permission))
}

/** Any one of these permissions; [] where the action asks for none. */
function maySend(at: string) {
  const action = bound.find((one) => one.method === 'POST' && one.at === at)?.of
  if (!action) throw new Error(`No form of an action is sent to ${at}.`)
  return typeof action.may === 'string' ? [] : action.may
}
