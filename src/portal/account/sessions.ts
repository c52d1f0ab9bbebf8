import type { Response } from 'express'
import { EndOwnSessions } from '../../account/end-sessions.ts'
import { afterSessions, shownSessions } from '../../account/pages.ts'
import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { blankForm } from '../../web/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

form(pages, '/account/sessions', EndOwnSessions, {
  blank: () => blankForm(),
  show: showOwnSessions,
  next: (_res, count) => afterSessions(paths.ownSessions(), count),
})

/** The browsers in which the staff member is logged in. */
export async function showOwnSessions(res: Response) {
  page(res, 'people/sessions', { title: t('Your sessions'), sessions: await shownSessions(res.req) })
}
