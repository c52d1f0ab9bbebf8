import type { Request, Response, Router } from 'express'
import { services } from '../services.ts'
import { type FlashLink, flash } from '../web/flash.ts'
import type { Form } from '../web/form.ts'
import { requestFacts } from '../web/request-facts.ts'
import { goBack } from '../web/ways-back.ts'
import type { Sentence } from '../web/words.ts'
import { type Action, type Caller, perform } from './action.ts'

/** After success: another page, which says what was done; or a page at once, for what is shown once and kept nowhere. */
type Next =
  | { to: string; say?: Sentence; tone?: 'done' | 'attention'; links?: readonly FlashLink[] }
  | { render: () => unknown }

interface Pages<S, I, R> {
  /** Where a GET of this address leads: the page with the form, unless that has this address. */
  formAt?: (req: Request) => string
  /** The form as it was typed, with what is wrong. */
  show: (res: Response, subject: S, form: Form) => unknown
  next: (res: Response, result: R, subject: S, input: I) => Next
}

const callerOf = (req: Request): Caller => {
  return { actor: req.actor, services: services(req), request: requestFacts(req) }
}

/** Binds an action to the form that is sent to this address: 422 as typed, 409 with what stands against it, 303 and what was done. */
export function form<S, I, R>(router: Router, at: string, of: Action<S, I, R>, pages: Pages<S, I, R>) {
  const { formAt, show, next } = pages
  if (of.may === 'host') throw new Error(`${at}: an action of the host has no address.`)
  if (formAt) router.get(at, (req, res) => res.redirect(303, formAt(req)))
  router.post(at, async (req, res) => {
    const { subject, form: sent } = await perform(of, callerOf(req), req.params, req.body)
    if (!sent.ok) return show(res, subject, sent)
    const then = next(res, sent.result, subject, sent.values)
    if ('render' in then) return then.render()
    if (then.say) flash(res, then.say, then.tone, { ...(then.links && { links: then.links }) })
    goBack(res, then.to)
  })
}
