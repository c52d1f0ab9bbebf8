import { form } from '../../actions/form.ts'
import { showNoForm } from '../../forms/form.ts'
import { EndLoginAsSession } from '../../login-as/end-session.ts'
import { paths } from '../../paths.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

form(pages, '/login-as/:id/end', EndLoginAsSession, {
  formAt: ({ params }) => paths.loginAsSession({ id: String(params.id) }),
  show: showNoForm,
  next(_res, isEnded, loginAs) {
    const said = { customer: loginAs.customer.email }
    const back = paths.loginAsSession(loginAs)
    return isEnded
      ? { back, say: t('The login-as session for {customer} has ended.', said) }
      : { back, say: t('The login-as session for {customer} had already ended.', said), tone: 'attention' }
  },
})
