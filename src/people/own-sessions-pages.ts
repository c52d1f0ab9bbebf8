import type { Request, Router } from 'express'
import { flash } from '../web/flash.ts'
import { formIsAt } from '../web/form-address.ts'
import { t } from '../web/words.ts'
import { browserInWords } from './browser.ts'
import { themselfOnly } from './guards.ts'
import { endOwnSessions, listOwnSessions } from './own-sessions.ts'
import { sessionDigest } from './session-store.ts'

/** Where whoever asks is logged in, as people/_browsers shows it: this browser first, then those used last. */
export async function shownSessions(req: Request) {
  // A staff member's browser is none of the customer's, so none of these is this one.
  const here = req.actor.standsInFor ? null : sessionDigest(req.sessionID)
  const sessions = await listOwnSessions(req.actor)
  return sessions
    .map((session) => ({
      ...session,
      browser: browserInWords(session.userAgent),
      isHere: session.id === here,
    }))
    .sort((a, b) => Number(b.isHere) - Number(a.isHere))
}

/** Logs out other browsers of the same person: all `others`, or `one` by its :id. `list`: the page that shows them. */
export function bindEndSessions(
  router: Router,
  { others, one, list }: { others: string; one: string; list: string },
) {
  router.post(others, themselfOnly, async (req, res) => {
    const count = await endOwnSessions(req.actor, { exceptId: sessionDigest(req.sessionID) })
    if (count > 0) flash(res, t('{count} other browsers are logged out.', { count }))
    else flash(res, t('There was no other browser to log out.'), 'attention')
    res.redirect(303, list)
  })

  router.get(
    one,
    formIsAt(() => list),
  )
  router.post(one, themselfOnly, async (req, res) => {
    const count = await endOwnSessions(req.actor, { id: String(req.params.id) })
    if (count > 0) flash(res, t('The browser has been logged out.'))
    else flash(res, t('That browser was already logged out.'), 'attention')
    res.redirect(303, list)
  })
}
