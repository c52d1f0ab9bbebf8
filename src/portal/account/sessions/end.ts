import { EndOwnSession } from '../../../account/end-sessions.ts'
import { afterSession } from '../../../account/pages.ts'
import { form } from '../../../actions/form.ts'
import { paths } from '../../../paths.ts'
import { pages } from '../../pages.ts'
import { showOwnSessions } from '../sessions.ts'

form(pages, '/account/sessions/:id/end', EndOwnSession, {
  formAt: () => paths.ownSessions(),
  show: showOwnSessions,
  next: (_res, isEnded) => afterSession(paths.ownSessions(), isEnded),
})
