import { EndOwnSession, EndOwnSessions } from '../../../account/end-sessions.ts'
import { afterSession, afterSessions } from '../../../account/pages.ts'
import { form } from '../../../actions/form.ts'
import { paths } from '../../../paths.ts'
import { showNoForm } from '../../../forms/form.ts'
import { pages } from '../../pages.ts'

form(pages, '/console/security/sessions/end', EndOwnSessions, {
  formAt: () => paths.consoleSecurity(),
  show: showNoForm,
  next: (_res, ended) => afterSessions(paths.consoleSecurity(), ended),
})

form(pages, '/console/security/sessions/:id/end', EndOwnSession, {
  formAt: () => paths.consoleSecurity(),
  show: showNoForm,
  next: (_res, isEnded) => afterSession(paths.consoleSecurity(), isEnded),
})
