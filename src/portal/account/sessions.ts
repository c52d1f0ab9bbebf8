import { EndOwnSessions } from '../../account/end-sessions.ts'
import { afterSessions } from '../../account/pages.ts'
import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { showNoForm } from '../../forms/form.ts'
import { pages } from '../pages.ts'

form(pages, '/account/sessions', EndOwnSessions, {
  formAt: () => paths.account(),
  show: showNoForm,
  next: (_res, ended) => afterSessions(paths.account(), ended),
})
