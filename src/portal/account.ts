import { Router } from 'express'
import { paths } from '../paths.ts'
import { bindEndSessions, shownSessions } from '../people/own-sessions-pages.ts'
import { bindOwnPassword } from '../people/password-pages.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'

/** For staff who are logged in: their own password, and the browsers in which they are. */
export const account = Router()

bindOwnPassword(account, '/password', {
  show: (res, form) =>
    page(res, 'people/own-password', { title: t('Change your password'), form, passwordMin: PASSWORD_MIN }),
  next: () => paths.customers(),
})

account.get('/sessions', async (req, res) => {
  page(res, 'people/sessions', { title: t('Your sessions'), sessions: await shownSessions(req) })
})

bindEndSessions(account, { others: '/sessions', one: '/sessions/:id/end', list: paths.ownSessions() })
