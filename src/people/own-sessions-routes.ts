import { Router } from 'express'
import { paths } from '../paths.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { endOwnSessions, listOwnSessions } from './own-sessions.ts'
import { sessionDigest } from './session-store.ts'
import { flashOneEnded, flashOthersEnded, shownSessions } from './shown-sessions.ts'

/** For staff who are logged in: the browsers in which they are. */
export const ownSessions = Router()

ownSessions.get('/sessions', async (req, res) => {
  const here = sessionDigest(req.sessionID)
  page(res, 'people/sessions', {
    title: t('Your sessions'),
    sessions: shownSessions(await listOwnSessions(req.actor), here),
  })
})

ownSessions.post('/sessions', async (req, res) => {
  flashOthersEnded(res, await endOwnSessions(req.actor, { exceptId: sessionDigest(req.sessionID) }))
  res.redirect(303, paths.ownSessions())
})

ownSessions.get(
  '/sessions/:id/end',
  formIsAt(() => paths.ownSessions()),
)

ownSessions.post('/sessions/:id/end', async (req, res) => {
  flashOneEnded(res, await endOwnSessions(req.actor, { id: String(req.params.id) }))
  res.redirect(303, paths.ownSessions())
})
