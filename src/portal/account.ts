import { EndOwnSessions } from '../account/end-sessions.ts'
import { shownLogins, shownSessions } from '../account/pages.ts'
import { asks } from '../actions/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'account/account': {
      sessions: Awaited<ReturnType<typeof shownSessions>>
      logins: Awaited<ReturnType<typeof shownLogins>>
    }
  }
}

asks(pages, '/account', EndOwnSessions, async (res) => {
  const { req } = res
  const [sessions, logins] = await Promise.all([shownSessions(req), shownLogins(req)])
  page(res, 'account/account', { title: t('Your account'), sessions, logins })
})
