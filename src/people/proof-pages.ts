import type { NextFunction, Request, Response } from 'express'
import { ROWS_UNPROVEN_MAX } from '../files/send.ts'
import { blankForm, type Form } from '../forms/form.ts'
import { services } from '../services.ts'
import { flash } from '../web/flash.ts'
import { localAddress } from '../web/local-address.ts'
import { page } from '../web/page.ts'
import { noteRefusal } from '../web/request-log.ts'
import { siteOf } from '../web/site.ts'
import { ProofNeeded } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { type LoginSite, loginSiteOf } from './login-site.ts'
import { ownCeremony } from './own-passkey.ts'
import { type AskedPasskey, askForPasskey } from './passkeys.ts'
import { PROOF_MINUTES } from './proof.ts'
import { type SessionPerson, sessionDigest } from './session-store.ts'
import { carriedForm, goOn, sealTypedForm } from './typed-form.ts'
import { waysToProve } from './ways-to-prove.ts'

declare module '../web/page.ts' {
  interface Views {
    'people/proof': {
      form: Form
      action: string
      /** What it is asked for; null where nobody knows. */
      purpose: Sentence | null
      /** What has become of the form that waits for it; null where none does. */
      waiting: Sentence | null
      minutes: number
      /** Whether a code of an authenticator app does as well as the password. */
      takesCode: boolean
      /** Null for who has no passkey that can be used here. */
      passkey: AskedPasskey | null
      /** Where Cancel leads. */
      cancel: string
    }
  }
}

/** Where a proof may lead on to: an address of this site, or ''. */
const onward = (req: Request, next: unknown) => localAddress(next, siteOf(req))

/** The form of a GET of the page that asks, with where to go on. */
export const blankProof = (req: Request) => blankForm({ next: onward(req, req.query.next) })

/**
 * Asks for the password again, or a code; not of staff who are logged in as a customer, who see the page only. form.typed: `next`, where to
 * go on, and `typedForm`, what waits for it, or `isLost` where that was too long to be kept.
 */
export async function showProof(res: Response, form: Form) {
  const { actor } = res.req
  const site = loginSiteOf(res.req)
  const next = onward(res.req, form.typed.next)
  const { takesCode, takesPasskey } = await waysToProve(actor, services(res.req))
  page(res, 'people/proof', {
    title: t('Confirm that it is you'),
    form: { ...form, typed: { ...form.typed, next } },
    action: site.proof(),
    purpose: purposeOf(next, site),
    waiting: waitingOf(form),
    minutes: PROOF_MINUTES,
    takesCode,
    passkey: takesPasskey
      ? askForPasskey(services(res.req), ownCeremony('proof', sessionDigest(res.req.sessionID)))
      : null,
    cancel: beforeIt(next, site),
  })
}

/**
 * Answers what asks for a proof that is too old: a form by the page that asks, which carries what was typed, as after a session that ran
 * out; a page or a file by leading to the one that asks. Nothing has been done.
 */
export async function askForProof(error: unknown, req: Request, res: Response, next: NextFunction) {
  if (!(error instanceof ProofNeeded) || res.headersSent) return next(error)
  const address = onward(req, req.originalUrl)
  if (req.method !== 'POST') return res.redirect(303, loginSiteOf(req).proof({ next: address }))
  const typedForm = sealTypedForm(req, { evenEmpty: true })
  const form = { ...blankForm({ next: address, typedForm, isLost: typedForm ? '' : 'on' }), status: 403 }
  await showProof(res, form)
  const waiting = waitingOf(form)
  if (waiting) noteRefusal(res, [waiting])
}

/** It stays until the proof is given, also after a wrong password. */
function waitingOf({ typed }: Form): Sentence | null {
  if (typed.typedForm) {
    return t(
      'This was not submitted yet. Confirm that it is you, and the form comes back as you filled it in.',
    )
  }
  if (!typed.isLost) return null
  return t(
    'This was not submitted, and it is too long to be kept. Confirm that it is you, then enter it again.',
  )
}

/** Where somebody was before they were asked, and what does not ask: where Cancel leads. */
const beforeIt = (next: string, site: LoginSite): string =>
  isForNewFactor(next, site) ? site.factors.list() : (pageOfFile(next) ?? (next || site.own))

function purposeOf(next: string, site: LoginSite): Sentence | null {
  if (isForNewFactor(next, site)) return t('To add a second factor, confirm first that it is you.')
  return pageOfFile(next) === null
    ? null
    : t('To download a file with more than {max, number} rows, confirm first that it is you.', {
        max: ROWS_UNPROVEN_MAX,
      })
}

function isForNewFactor(next: string, { factors }: LoginSite): boolean {
  const [path = ''] = next.split('?')
  return [factors.newApp(), factors.newPasskey(), factors.passkeys()].includes(path)
}

const AFTER_PROOF = {
  again: t(
    'You have confirmed that it is you. Nothing has been submitted yet: check this page, then press the button again.',
  ),
  gone: t('What you entered could not be kept, because too much time has passed. Nothing was submitted.'),
}

/** After a proof: shows the form that waited for it, not sent; or leads on to where it was asked for, and to a file by its page. */
export function goOnProven(req: Request, res: Response) {
  const { kind, id, resellerId } = req.session.person as SessionPerson
  const next = onward(req, req.body.next)
  const file = pageOfFile(next)
  if (!carriedForm(req)) {
    if (file) flash(res, t('You have confirmed that it is you.'), 'done', { links: [download(next)] })
    else flash(res, t('You have confirmed that it is you.'))
  }
  goOn(req, res, { kind, id, resellerId }, file ?? (next || loginSiteOf(req).own), AFTER_PROOF)
}

const download = (href: string) => ({ href, label: t('Download the file') })

/** The page whose list or statement a file is of, with its filter: an address without its last part, `/export.csv`. Null for no file. */
function pageOfFile(address: string): string | null {
  const file = /^(\/.+)\/[^/?]+\.(?:csv|pdf)(\?.*)?$/.exec(address)
  return file ? `${file[1]}${file[2] ?? ''}` : null
}
