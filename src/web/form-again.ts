import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { onlyLookFrom, services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import type { Sentence } from '../words/words.ts'
import { flash, flashAtOnce } from './flash.ts'
import { onlyShown } from '../forms/form.ts'
import { noteRefusal } from './request-log.ts'
import { runAll } from './run-all.ts'

/** A form as it was sent: where to, and what stood in its fields. */
export interface TypedForm {
  /** Path and query. */
  address: string
  fields: Readonly<Record<string, unknown>>
}

/** Thrown instead of an answer: a form is to be shown once more as it was typed, with a fresh token, and nothing is to be done. */
export class FormAgain extends Error {
  readonly form: TypedForm
  readonly notice: Sentence
  readonly status: number

  constructor(form: TypedForm, { notice, status = 403 }: { notice: Sentence; status?: number }) {
    super('A form is shown again')
    this.name = 'FormAgain'
    this.form = form
    this.notice = notice
    this.status = status
  }
}

const PASSWORD = /password|^current$/i
const SECRET = /password|^current$|^token$|^code$|^csrf$/i

/** The fields that may be kept for later: no password, code or token. Empty where nothing was typed or chosen. */
export const withoutSecretFields = (body: unknown) => without(SECRET, body)

function without(names: RegExp, body: unknown): Record<string, unknown> {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>)
  return Object.fromEntries(fields.filter(([name]) => !names.test(name)))
}

/**
 * Shows the form of a FormAgain by the very handler that would read it, through `rooms`: its form comes back as after bad input. Nothing
 * can be done on that way: readForm() never calls it good, and the database refuses every write. A handler that shows no form
 * for it leads to the form's own page.
 */
export function showFormAgain(anew: readonly RequestHandler[], rooms: readonly RequestHandler[]) {
  const way = [...anew, flashAtOnce, onlyLooking, ...rooms]
  return (error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (!(error instanceof FormAgain) || res.headersSent) return next(error)
    const { form, notice, status } = error
    Object.assign(req, { method: 'POST', url: form.address, originalUrl: form.address })
    req.body = onlyShown(without(PASSWORD, form.fields), { notice, status })
    noteRefusal(res, [notice])
    runAll(way, req, res, (failure?: unknown) => {
      if (status !== 200) return next(new Refusal(403, notice))
      if (failure instanceof Refusal) return next(failure)
      flash(res, notice, 'attention')
      res.redirect(303, form.address)
    })
  }
}

const onlyLooking: RequestHandler = (req, _res, next) => {
  onlyLookFrom(req)
  const { database } = services(req)
  if (req.actor as unknown) req.actor = { ...req.actor, database }
  next()
}
