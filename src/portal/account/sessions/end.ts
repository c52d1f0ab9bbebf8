import { EndOwnSession } from '../../../account/end-sessions.ts'
import { afterSession } from '../../../account/pages.ts'
import { form } from '../../../actions/form.ts'
import { paths } from '../../../paths.ts'
import { showNoForm } from '../../../forms/form.ts'
import { pages } from '../../pages.ts'

form(pages, '/account/sessions/:id/end', EndOwnSession, {
  formAt: () => paths.account(),
  show: showNoForm,
  next: (_res, isEnded) => afterSession(paths.account(), isEnded),
})
