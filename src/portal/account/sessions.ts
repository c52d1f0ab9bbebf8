import { EndOwnSessions } from '../../account/end-sessions.ts'
import { afterSessions, shownSessions } from '../../account/pages.ts'
import { asks, form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { showNoForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'account/sessions': {
      sessions: Awaited<ReturnType<typeof shownSessions>>
    }
  }
}

asks(pages, '/account/sessions', EndOwnSessions, async (res) => {
  page(res, 'account/sessions', { title: t('Your sessions'), sessions: await shownSessions(res.req) })
})

form(pages, '/account/sessions', EndOwnSessions, {
  show: showNoForm,
  next: (_res, count) => afterSessions(paths.ownSessions(), count),
})
