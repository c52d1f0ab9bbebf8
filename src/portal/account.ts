import { EndOwnSessions } from '../account/end-sessions.ts'
import { listOwnFactors } from '../account/factors.ts'
import { shownLogins, shownSessions } from '../account/pages.ts'
import { asks } from '../actions/form.ts'
import type { ShownFactor } from '../people/factors.ts'
import { services } from '../services.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'account/account': {
      factors: readonly ShownFactor[]
      codesLeft: number
      areFew: boolean
      sessions: Awaited<ReturnType<typeof shownSessions>>
      logins: Awaited<ReturnType<typeof shownLogins>>
    }
  }
}

asks(pages, '/account', EndOwnSessions, async (res) => {
  const { req } = res
  const [{ factors, codesLeft, areFew }, sessions, logins] = await Promise.all([
    listOwnFactors(req.actor, services(req)),
    shownSessions(req),
    shownLogins(req),
  ])
  page(res, 'account/account', {
    title: t('Your account'),
    ...{ factors, codesLeft, areFew, sessions, logins },
  })
})
