import type { Request, Response } from 'express'
import { sessionDigest } from '../people/session-store.ts'
import { requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { type FlashLink, flash } from '../web/flash.ts'
import type { Form } from '../forms/form.ts'
import { goBack } from '../web/ways-back.ts'
import type { Sentence } from '../words/words.ts'
import type { PageRouter } from '../web/page-router.ts'
import { type Action, type Declared, find, perform } from './action.ts'
import { type Caller } from './caller.ts'

interface Said {
  say?: Sentence | undefined
  tone?: 'done' | 'attention'
  links?: readonly FlashLink[]
}

/**
 * After success: back to the list that the form was opened from, or to this address where there is none; always to this address; or
 * a page at once, for what is shown once and stored nowhere.
 */
type Next = ({ back: string } & Said) | ({ to: string } & Said) | { render: () => unknown }

interface Pages<S, I, R> {
  /** Where a GET of this address leads, if the form is on the page of another address. */
  formAt?: (req: Request) => string
  /** What is filled in when a GET of this address shows the form. */
  blank?: (subject: S, res: Response) => Form | Promise<Form>
  /** Shows the form: blank, or as it was typed with what is wrong. */
  show: (res: Response, subject: S, form: Form) => unknown
  next: (res: Response, result: R, subject: S, input: I) => Next | Promise<Next>
}

/** Every address that is about an action: where it is asked for, GET, and where its form is sent to, POST. */
export const bound: { method: 'GET' | 'POST'; at: string; of: Declared }[] = []

const callerOf = (req: Request): Caller => {
  const session = sessionDigest(req.sessionID)
  return { actor: req.actor, services: services(req), request: requestFacts(req), session }
}

/** A page with the form of this action: shown to those who may do it, about its subject. */
export function asks<S, I, R>(
  router: PageRouter,
  at: string,
  of: Action<S, I, R>,
  show: (res: Response, subject: S) => unknown,
) {
  bound.push({ method: 'GET', at, of })
  router.get(at, async (req, res) => {
    await show(res, await find(of, callerOf(req), req.params))
  })
}

/** Binds an action to the form that is sent to this address: 422 as typed, 409 with what stands against it, 303 and what was done. */
export function form<S, I, R>(router: PageRouter, at: string, of: Action<S, I, R>, pages: Pages<S, I, R>) {
  const { formAt, blank, show, next } = pages
  if (of.may === 'host') throw new Error(`${at}: an action of the host has no address.`)
  bound.push({ method: 'POST', at, of })
  if (formAt) router.get(at, (req, res) => res.redirect(303, formAt(req)))
  if (blank) asks(router, at, of, async (res, subject) => show(res, subject, await blank(subject, res)))
  router.post(at, async (req, res) => {
    const { subject, form: sent } = await perform(of, callerOf(req), req.params, req.body)
    if (!sent.ok) return show(res, subject, sent)
    const then = await next(res, sent.result, subject, sent.values)
    if ('render' in then) return then.render()
    if (then.say) flash(res, then.say, then.tone, { ...(then.links && { links: then.links }) })
    return 'back' in then ? goBack(res, then.back) : res.redirect(303, then.to)
  })
}
