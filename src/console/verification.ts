import { form } from '../actions/form.ts'
import { ResendOwnVerification } from '../customers/verify.ts'
import { paths } from '../paths.ts'
import { findOwnCustomer } from '../people/customer.ts'
import { showNoForm } from '../forms/form.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'

form(pages, '/console/verification', ResendOwnVerification, {
  formAt: () => paths.console(),
  show: showNoForm,
  async next(res, isSent) {
    const { email } = await findOwnCustomer(res.req.actor)
    return isSent
      ? { to: paths.console(), say: t('A verification link is on its way to {email}.', { email }) }
      : {
          to: paths.console(),
          say: t('A verification link was sent to {email} a moment ago, so no other link was sent.', {
            email,
          }),
          tone: 'attention',
        }
  },
})
